/** Of the commands that check; apart from what they need to do it, so that a help does not load that. */
export const explainOption = {
  explain: {
    type: 'string',
    value: 'rule',
    help: "only show what the manual says of a rule; 'list' names all",
  },
} as const

/** Of the commands that judge by saved facts. */
export const acceptUnknownOption = {
  'accept-unknown': {
    type: 'boolean',
    help: 'with saved facts: what they do not tell does not refuse; it is listed as not judged',
  },
} as const
