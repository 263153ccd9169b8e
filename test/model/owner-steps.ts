import type { Transition } from './explore.ts'
import {
  hasArrived,
  isGoneAll,
  isGoneT,
  isIdle,
  isOfS,
  isOfT,
  isOpen,
  type Rules,
  retaken,
  type State,
  vouchedOf,
  writeOfS,
  writeOfT,
} from './owner-state.ts'

type Step = Transition<State, Rules>

const own = 'src/agent/ownership/own.ts'
const handOver = 'src/agent/ownership/hand-over-record.ts'
const watch = 'src/agent/ownership/watch-owners.ts'
const settle = 'src/agent/outgoing/settle.ts'

const hearsLost = (state: State) => isIdle(state) && isOpen(state) && state.t === 'unknown' && state.tUp
const isThirds = (state: State, kept: Rules) => kept.retakesFromTargetAlone && state.disk === 'X'

export const sourceSteps: readonly Step[] = [
  {
    name: 'S: offers the zone to T',
    mirrors: `${handOver}#const transit = { ticket, to`,
    when: (state, { offersBeforeItSends }) =>
      offersBeforeItSends && isIdle(state) && state.s === 'runs' && isOfS(state),
    becomes: (_, kept) => ({ s: 'offered', ...writeOfS('S->T', kept) }),
  },
  {
    name: 'S: has sent all of the memory',
    mirrors: "src/migration/send-memory.ts#isComplete = status === 'completed'",
    when: (state, { offersBeforeItSends }) =>
      isIdle(state) && state.t === 'loaded' && state.s === (offersBeforeItSends ? 'offered' : 'runs'),
    becomes: () => ({ s: 'sent' }),
  },
  {
    name: 'S: hands over',
    mirrors: 'src/migration/phases/hand-over.ts#peer/go',
    when: (state) => isIdle(state) && state.s === 'sent' && !state.go,
    becomes: () => ({ go: true }),
  },
  {
    name: 'S: has failed before it hands over, or hears none',
    mirrors: `${settle}#takeBackHere(`,
    when: (state) => isIdle(state) && (state.s === 'offered' || (state.s === 'sent' && state.t === 'gaveUp')),
    becomes: () => ({ s: 'back' }),
  },
  {
    name: 'S: hears none, and has no machine any more',
    mirrors: `${settle}#return takeBackHere(`,
    when: (state) => isIdle(state) && state.t === 'gaveUp' && state.s === 'unsettled',
    becomes: (state, kept) => ({ s: 'installed', ...(isOfS(state) ? writeOfS('S', kept) : {}) }),
  },
  {
    name: 'S: withdraws its offer',
    mirrors: `${handOver}#noteOwner(host, zone, ownState(zone))`,
    when: (state) => isIdle(state) && state.s === 'back' && isOfS(state),
    becomes: (_, kept) => ({ s: 'runs', ...writeOfS('S', kept) }),
  },
  {
    name: 'S: cannot withdraw its offer, and goes on',
    mirrors: `${own}#export async function noteOwner`,
    when: (state) => isIdle(state) && state.s === 'back',
    becomes: () => ({ s: 'runs' }),
  },
  {
    name: 'S: hears arrived',
    mirrors: `${settle}#leftFor(target)`,
    when: (state) => isIdle(state) && isOpen(state) && (hasArrived(state.t) || state.t === 'superseded'),
    becomes: () => ({ s: 'left' }),
  },
  {
    name: 'S: hears lost, and takes the record back',
    mirrors: `${settle}#retakeZone(`,
    when: (state, kept) => hearsLost(state) && !isThirds(state, kept),
    becomes: (state, kept) => ({ s: 'installed', ...retaken(state, kept) }),
  },
  {
    name: 'S: hears lost, and leaves the zone to a third host that has it by the disk',
    mirrors: `${settle}#return isThirds ? leaveToOther(`,
    when: (state, kept) => hearsLost(state) && isThirds(state, kept),
    becomes: () => ({ s: 'left' }),
  },
  {
    name: 'S: the operator vouches that T is gone, and it takes the record back',
    mirrors: `${settle}#if (targetIsGone) return endOldGuest(`,
    when: (state, { vouchedTruly }) =>
      isIdle(state) && isOpen(state) && isOfS(state) && (!vouchedTruly || isGoneT(state)),
    becomes: (state, kept) => ({ s: 'installed', ...vouchedOf(state, isGoneT), ...writeOfS('S', kept) }),
  },
  {
    name: 'S: the same, and leaves the zone to the host that has it by the disk',
    mirrors: `${settle}#(!isPartHere || targetIsGone)) return leaveToOther(`,
    when: (state, { vouchedTruly }) =>
      isIdle(state) && isOpen(state) && !isOfS(state) && (!vouchedTruly || isGoneT(state)),
    becomes: (state) => ({ s: 'left', ...vouchedOf(state, isGoneT) }),
  },
  {
    name: 'S: the same, but cannot write',
    mirrors: `${handOver}#its host data do not say that it is here`,
    when: (state, { vouchedTruly }) => isIdle(state) && isOpen(state) && (!vouchedTruly || isGoneT(state)),
    becomes: (state) => ({ s: 'installed', ...vouchedOf(state, isGoneT) }),
  },
  {
    name: 'S: takes the record back without a word',
    when: (state, { retakesByWordAlone }) => !retakesByWordAlone && isIdle(state) && state.s === 'sent',
    becomes: () => ({ s: 'installed', disk: 'S' }),
  },
  {
    name: 'S: boots the zone',
    mirrors: `${own}#export async function requireOwned`,
    when: (state, { looksBeforeItBoots }) =>
      isIdle(state) && state.s === 'installed' && (isOfS(state) || !looksBeforeItBoots),
    becomes: (_, kept) => ({ s: 'booted', ...writeOfS('S', kept) }),
  },
  {
    name: 'S: cannot boot the zone, which is another host’s by the disk',
    mirrors: `${own}#state: 'unavailable'`,
    when: (state, { looksBeforeItBoots }) =>
      isIdle(state) && state.s === 'installed' && !isOfS(state) && looksBeforeItBoots,
    becomes: () => ({ s: 'superseded' }),
  },
  {
    name: 'S: sees that its guest is another host’s, and ends it',
    mirrors: `${watch}#endSuperseded(host, zone, inUse`,
    when: (state, { runnersLook }) =>
      runnersLook && isIdle(state) && (state.s === 'runs' || state.s === 'booted') && !isOfS(state),
    becomes: () => ({ s: 'superseded' }),
  },
]

export const targetSteps: readonly Step[] = [
  {
    name: 'T: waits for the zone, and its memory comes',
    mirrors: 'src/agent/incoming/prepare.ts#incoming: true',
    when: ({ tUp, t, s }, { offersBeforeItSends }) =>
      tUp && t === 'nothing' && s === (offersBeforeItSends ? 'offered' : 'runs'),
    becomes: (_, { claimsAfterGo }) => ({ t: 'loaded', ...(claimsAfterGo ? {} : { disk: 'T' }) }),
  },
  {
    name: 'T: is told to go, and runs it',
    mirrors: "src/agent/incoming/go.ts#execute('cont')",
    when: ({ tUp, t, go }) => tUp && t === 'loaded' && go,
    becomes: () => ({ t: 'goes', go: false }),
  },
  {
    name: 'T: writes down that the zone is its own',
    mirrors: 'src/agent/incoming/go.ts#unclaimed: hostData',
    when: ({ tUp, t }) => tUp && t === 'goes',
    becomes: () => ({ t: 'runs' }),
  },
  {
    name: 'T: gives up, for good',
    mirrors: 'src/agent/incoming/arrivals.ts#giveUpIncoming(',
    when: ({ tUp, t }) => tUp && t === 'loaded',
    becomes: () => ({ t: 'gaveUp' }),
  },
  {
    name: 'T: claims the zone that has come',
    mirrors: `${watch}#export async function claimSoon`,
    when: (state) => state.tUp && state.tWrites === 'nothing' && state.t === 'runs' && state.disk === 'S->T',
    becomes: (_, kept) => writeOfT(kept),
  },
  {
    name: 'T: boots the zone, by its name or its ticket',
    mirrors: `${own}#transit.ticket === arrival`,
    when: (state, { looksBeforeItBoots }) =>
      state.tUp &&
      state.tWrites === 'nothing' &&
      state.t === 'installed' &&
      (isOfT(state) || !looksBeforeItBoots),
    becomes: (_, kept) => ({ t: 'booted', ...writeOfT(kept) }),
  },
  {
    name: 'T: cannot boot the zone, which is another host’s by the disk',
    mirrors: `${own}#throw inUse(zone.name, record)`,
    when: (state, { looksBeforeItBoots }) =>
      state.tUp &&
      state.tWrites === 'nothing' &&
      state.t === 'installed' &&
      !isOfT(state) &&
      looksBeforeItBoots,
    becomes: () => ({ t: 'superseded' }),
  },
  {
    name: 'T: sees that its guest is another host’s, and ends it',
    mirrors: `${watch}#await claimArrival(host, zone)`,
    when: (state, { runnersLook }) =>
      runnersLook &&
      state.tUp &&
      state.tWrites === 'nothing' &&
      (state.t === 'runs' || state.t === 'booted') &&
      !isOfT(state),
    becomes: () => ({ t: 'superseded' }),
  },
]

export const thirdSteps: readonly Step[] = [
  {
    name: 'X: the operator vouches that all others are gone, and it takes the zone over',
    mirrors: 'src/agent/ownership/claim.ts#if (takeover',
    when: (state, { vouchedTruly }) => state.x === 'nothing' && (!vouchedTruly || isGoneAll(state)),
    becomes: (state) => ({ x: 'attached', disk: 'X', ...vouchedOf(state, isGoneAll) }),
  },
  {
    name: 'X: boots the zone',
    mirrors: 'src/agent/lifecycle/boot.ts#requireOwned(',
    when: ({ x, disk }, { looksBeforeItBoots }) => x === 'attached' && (disk === 'X' || !looksBeforeItBoots),
    becomes: () => ({ x: 'booted' }),
  },
  {
    name: 'X: sees that the zone is another host’s, and ends it',
    mirrors: `${watch}#isOurs(host.identity.id, zone, record)`,
    when: ({ x, disk }, { runnersLook }) =>
      (x === 'attached' || (x === 'booted' && runnersLook)) && disk !== 'X',
    becomes: () => ({ x: 'superseded' }),
  },
]
