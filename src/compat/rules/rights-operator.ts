import { quote, zoneadm } from '../commands.ts'
import { migrateWith } from '../remedies.ts'
import { rule } from '../rule.ts'
import { savedFactsPath } from '../saved-facts-path.ts'

export const rightsOperator = rule({
  id: 'rights/operator',
  title: 'On the target zonesd acts as somebody who may run the zone',
  doc:
    'Only root may attach NICs to bridges and open devices. A zone that root runs does not fit under the zonesd of an ' +
    'ordinary user, which has the user-mode network of QEMU and the files of that user only: QEMU refuses the state of a NIC ' +
    'that had more. That of an ordinary user runs with root as well. Until kzone knows rights of its own (profiles and ' +
    'authorizations), whoever may speak with a zonesd may do everything with its zones.',
  remedy: 'Name the target with root as the user: ssh://root@HOST.',
  kinds: ['cold', 'warm', 'live'],
  severity: 'error',
  needs: { here: 'source.operator', there: 'target.operator' },
  check({ here, there }, context) {
    if (there.isRoot || !here.isRoot) return []
    const { zone, intent, target } = context
    const { targetUri } = intent
    const path = savedFactsPath(targetUri)
    const asRoot = `ssh://root@${(path === undefined ? targetUri : target.host.name).replace(/^(?:ssh:\/\/)?(?:[^@/]*@)?/, '')}`
    return [
      {
        property: 'user of zonesd',
        source: here.user,
        target: `${there.user} (reached as ${targetUri})`,
        why: 'That user may neither attach the NICs of the zone to a bridge nor open its disks',
        remedies: [
          path === undefined
            ? {
                how: 'Name the target with root as the user',
                commands: [zoneadm(zone.name, 'migrate', '-n', asRoot)],
              }
            : {
                how: 'Save its facts as root sees them',
                commands: [`zoneadm facts --json ${quote(asRoot)} > ${quote(path)}`, migrateWith(context)],
              },
        ],
      },
    ]
  },
})
