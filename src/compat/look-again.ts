/** What to do about a fact of a host that could not be read, if nothing better is known. */
export const lookAgain = {
  how: 'See what that host tells of itself, and what its zonesd says; then check again',
  commands: ['zoneadm facts', 'tail /var/log/zones/zonesd.log'],
} as const
