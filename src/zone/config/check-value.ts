import { ZoneError } from '../../errors.ts'
import type { Value } from '../language/statement.ts'
import { otherBrand } from '../schema/other-brands.ts'
import type { Property } from '../schema/property.ts'
import { expandTokens, hasTokens, type TokenValues } from '../schema/tokens.ts'
import { invalidValue } from '../schema/value-kind.ts'

/**
 * Brings a value as it was written into the form in which the configuration keeps it; undefined for the empty value,
 * which unsets a property.
 *
 * @throws {ZoneError} if the property cannot have it
 */
export function checkValue(property: Property, value: Value, tokens: TokenValues): string | undefined {
  const given = valueText(property, value)
  if (given === '') return undefined
  // Told apart from any other wrong word: a script for another brand should hear that, and nothing else.
  if ((property.name === 'brand' || property.name === 'ip-type') && !property.kind.values.includes(given)) {
    throw otherBrand(property.name, given)
  }
  try {
    if (property.tokens.length === 0 || !hasTokens(given)) return property.kind.canonical(given)
    property.kind.canonical(expandTokens(given, tokens, property.tokens))
    return given
  } catch (error) {
    throw error instanceof ZoneError && error.code === 'INVALID_VALUE' ? named(property, error) : error
  }
}

function valueText(property: Property, value: Value): string {
  if (value.kind === 'simple') return value.text
  if (value.kind === 'complex') {
    const written = `(${value.fields.map(([name, text]) => `${name}=${text}`).join(',')})`
    throw named(property, invalidValue(written, `${property.kind.expects}, not a value in parentheses`))
  }
  if (!property.kind.list && value.items.length > 1) {
    throw named(property, invalidValue(`[${value.items.join(',')}]`, `${property.kind.expects}, not a list`))
  }
  const comma = value.items.find((item) => item.includes(','))
  if (comma !== undefined) throw named(property, invalidValue(comma, 'items without commas'))
  return value.items.join(',')
}

function named(property: Property, error: ZoneError): ZoneError {
  const { message, code, exit, remedy = '' } = error
  return new ZoneError(message, { code, exit, remedy: remedy.replace(/^Expected/, `${property.name} takes`) })
}
