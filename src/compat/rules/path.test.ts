import { testRule } from '../../../test/compat/rule-tester.ts'
import { pathDataPort } from './path-data-port.ts'
import { pathEncryption } from './path-encryption.ts'

const way = { host: '10.77.0.2', port: '37123', encrypted: true }
const at = 'alpha connects to 10.77.0.2, port 37123'

testRule(pathDataPort, {
  passes: {
    'what came through': { path: { known: { ...way, came: 'through' } } },
    'a way that was not tried': { path: { known: null } },
    'what only the encryption stopped': {
      path: { known: { ...way, came: 'to the port', words: 'TLS handshake failed' } },
    },
  },
  refuses: {
    'a port that cannot be reached': {
      change: { path: { known: { ...way, came: 'nowhere', words: 'No route to host' } } },
      finds: [`data port: ${at} | No route to host`],
    },
    'a stream in the clear that came no further': {
      change: {
        path: { known: { ...way, encrypted: false, came: 'to the port', words: 'Connection reset' } },
      },
      finds: [`data port: ${at} | Connection reset`],
    },
  },
})

testRule(pathEncryption, {
  passes: {
    'what came through': { path: { known: { ...way, came: 'through' } } },
    'a way that was not tried': { path: { known: null } },
    'what did not get as far': { path: { known: { ...way, came: 'nowhere', words: 'No route to host' } } },
    'a stream in the clear': {
      path: { known: { ...way, encrypted: false, came: 'to the port', words: 'x' } },
    },
  },
  refuses: {
    'a handshake that fails': {
      change: {
        path: { known: { ...way, came: 'to the port', words: 'TLS handshake failed: no agreement' } },
      },
      finds: [`cipher: ${at} | TLS handshake failed: no agreement`],
    },
  },
})
