import { testRule } from '../../../test/compat/rule-tester.ts'
import { protocolEncryption } from './protocol-encryption.ts'
import { protocolVersion } from './protocol-version.ts'

testRule(protocolVersion, {
  passes: { 'ranges that meet': { 'target.kzone.protocol': { min: 1, max: 3 } } },
  refuses: {
    'ranges that do not': {
      change: { 'target.kzone': { version: '2.0.0', protocol: { min: 2, max: 3 } } },
      finds: ['kzone protocol: 1 (kzone 0.1.0) | 2 to 3 (kzone 2.0.0)'],
    },
  },
})

testRule(protocolEncryption, {
  passes: {
    'a migration in the clear': { 'intent.encrypt': false, 'target.hypervisor.known.tlsPsk': false },
  },
  refuses: {
    'a QEMU that cannot': {
      change: { 'target.hypervisor.known.tlsPsk': false },
      finds: ['cipher: TLS-PSK (QEMU 7.2.22) | no TLS-PSK (QEMU 7.2.22)'],
    },
  },
})
