import { testRule } from '../../../test/compat/rule-tester.ts'
import { memoryAvailable } from './memory-available.ts'
import { memoryPages } from './memory-pages.ts'
import { memorySmallerPages } from './memory-smaller-pages.ts'

const GiB = 2 ** 30
const onHugePages = { 'boot.known.pagesizeBytes': 2 ** 21 }
const tooFewPages = { 'target.hugepages.known.0.free': 1024 }

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
    'a zone on huge pages, whatever else is full': {
      ...onHugePages,
      'target.memory.known.availableBytes': 0,
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
      finds: ['capped-memory:physical: 4G | 3.9G free (3G promised to zones)'],
    },
    'a host that has promised more than it has': {
      change: { 'target.memory.known.committedBytes': 70 * GiB, 'target.memory.known.takenBytes': 70 * GiB },
      finds: ['capped-memory:physical: 4G | 0 free (70G promised to zones)'],
    },
    'a zone that has to leave its huge pages': {
      change: { ...onHugePages, ...tooFewPages, 'target.memory.known.availableBytes': 5 * GiB },
      finds: ['capped-memory:physical: 4G | 1G free (16G promised to zones)'],
    },
  },
})

testRule(memoryPages, {
  passes: {
    'a zone on ordinary pages': tooFewPages,
    'a policy that takes smaller pages': { ...onHugePages, ...tooFewPages },
    'enough pages': { ...onHugePages, 'contract.memory.pagesizePolicy': 'fixed' },
  },
  refuses: {
    'too few of them': {
      change: { ...onHugePages, ...tooFewPages, 'contract.memory.pagesizePolicy': 'fixed' },
      finds: ['capped-memory:pagesize-policy: 2048 pages of 2M | 1024 free'],
    },
    'a target without such pages': {
      change: {
        ...onHugePages,
        'target.hugepages.known': [],
        'contract.memory.pagesizePolicy': 'largest-only',
      },
      finds: ['capped-memory:pagesize-policy: 2048 pages of 2M | 0 free'],
    },
  },
})

testRule(memorySmallerPages, {
  passes: { 'a zone on ordinary pages': tooFewPages, 'enough pages': onHugePages },
  refuses: {
    'too few of them': {
      change: { ...onHugePages, ...tooFewPages },
      finds: ['capped-memory:pagesize-policy: 4G in pages of 2M | 2G free in such pages'],
    },
  },
})
