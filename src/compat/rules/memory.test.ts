import { testRule } from '../../../test/compat/rule-tester.ts'
import { memoryAtBoot } from './memory-at-boot.ts'
import { memoryAvailable } from './memory-available.ts'
import { memoryLocked } from './memory-locked.ts'
import { memoryPages } from './memory-pages.ts'
import { memoryPause } from './memory-pause.ts'
import { memoryPostcopy } from './memory-postcopy.ts'
import { memoryPostcopyPages } from './memory-postcopy-pages.ts'
import { memoryReserve } from './memory-reserve.ts'
import { memorySmallerPages } from './memory-smaller-pages.ts'

const GiB = 2 ** 30
const policy = (settings: string) => ({ config: `select capped-memory; ${settings}; end` })
const fixed = policy('set pagesize-policy=fixed; set pagesize=2M')
const available = policy('set pagesize-policy=largest-available')
const onHugePages = { 'boot.known.pagesizeBytes': 2 ** 21 }
const tooFewPages = { 'target.hugepages.known.0.free': 1024 }
const nothingFree = { 'target.memory.known.availableBytes': 0 }

testRule(memoryAvailable, {
  passes: {
    'memory that is free to the byte': {
      'target.memory.known': {
        totalBytes: 64 * GiB,
        availableBytes: 6 * GiB,
        committedBytes: 3 * GiB,
        takenBytes: 1 * GiB,
      },
    },
    'a zone that will find huge pages there, whatever else is full': { ...available, ...nothingFree },
    'a zone that must have huge pages: another rule judges them': { ...fixed, ...nothingFree },
    'a zone that has to leave its huge pages for memory that is free': {
      ...available,
      ...onHugePages,
      ...tooFewPages,
    },
  },
  refuses: {
    'memory that looks free but is promised to others': {
      change: {
        'target.memory.known': {
          totalBytes: 64 * GiB,
          availableBytes: 6 * GiB,
          committedBytes: 3 * GiB,
          takenBytes: 1 * GiB - 1,
        },
      },
      finds: ['capped-memory:physical: 4G | 3.9G of 64G free (3G promised to zones)'],
    },
    'a host that has promised more than it has besides its huge pages': {
      change: { 'target.memory.known.committedBytes': 55 * GiB, 'target.memory.known.takenBytes': 55 * GiB },
      finds: ['capped-memory:physical: 4G | 1G of 64G free (55G promised to zones)'],
    },
    'a zone that has to leave its huge pages': {
      change: {
        ...available,
        ...onHugePages,
        ...tooFewPages,
        'target.memory.known.availableBytes': 5 * GiB,
      },
      finds: ['capped-memory:physical: 4G | 1G of 64G free (16G promised to zones)'],
    },
    'a zone that booted on huge pages, and whose policy there takes normal ones': {
      change: { ...onHugePages, ...nothingFree },
      finds: ['capped-memory:physical: 4G | 0 of 64G free (16G promised to zones)'],
    },
  },
})

testRule(memoryPages, {
  passes: {
    'a zone on ordinary pages': tooFewPages,
    'a policy that takes smaller pages': { ...available, ...onHugePages, ...tooFewPages },
    'enough pages': { ...onHugePages, ...fixed },
  },
  refuses: {
    'too few of them': {
      change: { ...onHugePages, ...tooFewPages, ...fixed },
      finds: ['capped-memory:pagesize-policy: fixed: 2048 pages of 2M | 1024 pages of 2M free'],
    },
    'a pool that the target does not have': {
      change: { ...onHugePages, ...fixed, 'target.hugepages.known': [] },
      finds: ['capped-memory:pagesize-policy: fixed: 2048 pages of 2M | 0 pages of 2M free'],
    },
    'a target without huge pages': {
      change: { ...policy('set pagesize-policy=largest-only'), 'target.hugepages.known': [] },
      finds: ['capped-memory:pagesize-policy: largest-only, for 4G | no huge pages of any size'],
    },
    'an amount that is no multiple of the only size': {
      change: {
        ...policy('set physical=4098M; set pagesize-policy=largest-only'),
        'target.hugepages.known.0': { sizeBytes: GiB, total: 9, free: 9 },
      },
      finds: ['capped-memory:pagesize-policy: largest-only: 5 pages of 1G | 9 pages of 1G free'],
    },
  },
})

testRule(memoryAtBoot, {
  passes: {
    'what has room': {},
    'a zone that will find huge pages there, whatever else is full': { ...available, ...nothingFree },
    'a zone on ordinary pages where huge ones are few': tooFewPages,
  },
  refuses: {
    'a host that is full': {
      change: nothingFree,
      finds: ['capped-memory:physical: 4G | 0 of 64G free (16G promised to zones)'],
    },
    'too few huge pages': {
      change: { ...tooFewPages, ...fixed },
      finds: ['capped-memory:pagesize-policy: fixed: 2048 pages of 2M | 1024 pages of 2M free'],
    },
  },
})

testRule(memorySmallerPages, {
  passes: {
    'a zone on ordinary pages': tooFewPages,
    'enough pages': { ...onHugePages, ...available },
    'pages that must be there: another rule refuses': { ...onHugePages, ...fixed, ...tooFewPages },
  },
  refuses: {
    'too few of them': {
      change: { ...onHugePages, ...available, ...tooFewPages },
      finds: ['capped-memory:pagesize-policy: 4G in pages of 2M | pages of 4K (of 2M there are 1024 free)'],
    },
  },
})

const locked = { 'boot.known.lockedBytes': 4 * GiB }

testRule(memoryLocked, {
  passes: {
    'no limit': locked,
    'no limit, whatever the guest has locked': { 'boot.known.lockedBytes': null },
    'a limit that is just enough': { ...locked, 'target.lockedMemory.known.limitBytes': 4 * GiB },
    'a guest that has locked nothing': { 'target.lockedMemory.known.limitBytes': 0 },
  },
  refuses: {
    'a limit that is too low': {
      change: { ...locked, 'target.lockedMemory.known.limitBytes': 8 * 2 ** 20 },
      finds: ['locked memory: 4G locked | at most 8M may be locked'],
    },
  },
  unknown: {
    'if the guest was suspended by a kzone that did not note it': {
      change: { 'boot.known.lockedBytes': null, 'target.lockedMemory.known.limitBytes': 8 * 2 ** 20 },
      reason: /^how much memory the guest has locked was not told$/,
    },
  },
})

const reserved = policy('set memory-reserve=zones')

testRule(memoryReserve, {
  passes: { 'a configuration of the target without it': { ...reserved, targetConfig: '' } },
  refuses: {
    'a zone that names a pool': {
      change: reserved,
      finds: ['capped-memory:memory-reserve: zones | no pools on beta'],
    },
    'a zone that will be imported': {
      change: { ...reserved, targetConfig: null },
      finds: ['capped-memory:memory-reserve: zones | no pools on beta'],
    },
  },
})

const emulated = { 'boot.known.accelerator': 'tcg' } as const

testRule(memoryPause, {
  passes: {
    'whatever is usual': emulated,
    'a short pause of a guest on KVM': { 'intent.maxPauseMs': 10 },
    'what an emulated guest needs': { ...emulated, 'intent.maxPauseMs': 300 },
  },
  refuses: {
    'a shorter pause of an emulated guest': {
      change: { ...emulated, 'intent.maxPauseMs': 299 },
      finds: ['pause: 300 ms at the end of each pass: the guest is emulated (tcg) | --max-pause 299ms'],
    },
  },
})

const postcopy = { 'intent.postcopy': true }

testRule(memoryPostcopyPages, {
  passes: {
    'ordinary pages on both': postcopy,
    'huge pages on both': { ...postcopy, ...onHugePages, ...available },
    'other pages, without post-copy': available,
    'pages that must be there: another rule refuses': {
      ...postcopy,
      ...onHugePages,
      ...fixed,
      ...tooFewPages,
    },
  },
  refuses: {
    'smaller pages': {
      change: { ...postcopy, ...onHugePages, ...available, ...tooFewPages },
      finds: ['capped-memory:pagesize-policy: pages of 2M, and --postcopy | pages of 4K'],
    },
    'larger pages': {
      change: { ...postcopy, ...available },
      finds: ['capped-memory:pagesize-policy: pages of 4K, and --postcopy | pages of 2M'],
    },
  },
})

testRule(memoryPostcopy, {
  passes: { 'a migration without it': {}, 'one that says so': { 'intent.postcopy': false } },
  refuses: {
    'post-copy': {
      change: { 'intent.postcopy': true },
      finds: ['memory transfer: --postcopy | may run on beta with a part of its memory still here'],
    },
  },
})
