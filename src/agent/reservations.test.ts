import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tinySpec } from '../../test/fixtures/tiny-machine.ts'
import { Reservations } from './reservations.ts'

const reservation = (migrationId: string, zone: string) => ({ migrationId, zone, spec: tinySpec(zone) })

test('What is held back stays so until that migration ends', () => {
  const reservations = new Reservations()
  const [first, second] = [reservation('a', 'web1'), reservation('b', 'web2')]
  reservations.add(first)
  reservations.add(second)
  reservations.add(first)
  assert.deepEqual(reservations.all(), [first, second])
  reservations.drop('a')
  reservations.drop('a')
  reservations.drop('nobody')
  assert.deepEqual(reservations.all(), [second])
})

test('The list of reservations is the caller’s own', () => {
  const reservations = new Reservations()
  reservations.add(reservation('a', 'web1'))
  reservations.all().pop()
  assert.equal(reservations.all().length, 1)
})
