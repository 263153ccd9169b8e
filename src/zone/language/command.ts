import type { Value } from './statement.ts'

/** A command of zonecfg with its meaning settled as far as that is possible without a configuration. */
export type Command = CommandBody & {
  /** Offset of the command in the text, and of the word that most errors are about. */
  readonly offset: number
  readonly detailOffset: number
}

/** `name=value`, to pick a resource. */
export interface Criterion {
  readonly property: string
  readonly value: Value
  readonly offset: number
}

/** Which resource of a type: by properties or by its number in `info`; neither: the only one. */
export interface Selector {
  readonly type: string
  readonly index: number | undefined
  readonly criteria: readonly Criterion[]
}

export type CommandBody =
  | {
      readonly name: 'create'
      readonly from:
        | { readonly kind: 'default' }
        | { readonly kind: 'blank' }
        | { readonly kind: 'template'; readonly template: string }
        | { readonly kind: 'archive'; readonly path: string }
      readonly force: boolean
      readonly keepArchive: boolean
    }
  | { readonly name: 'add'; readonly what: string; readonly value: Value | undefined }
  | { readonly name: 'select'; readonly selector: Selector }
  | { readonly name: 'set'; readonly property: string; readonly value: Value }
  | { readonly name: 'clear'; readonly property: string }
  | {
      readonly name: 'remove'
      readonly selector: Selector
      readonly value: Value | undefined
      readonly force: boolean
    }
  | { readonly name: 'info'; readonly selector: Selector | undefined }
  | { readonly name: 'export'; readonly file: string | undefined; readonly withKey: boolean }
  | { readonly name: 'revert' | 'delete' | 'exit'; readonly force: boolean }
  | { readonly name: 'end' | 'cancel' }
  | { readonly name: 'verify' | 'commit' }
  | { readonly name: 'help'; readonly topic: string | undefined }

export type CommandName = Command['name']

/** What `help` and completion know of a command. */
export interface CommandHelp {
  readonly name: CommandName
  readonly usage: string
  readonly summary: string
  /** Where it can be used. */
  readonly scope: 'global' | 'resource' | 'both'
}

/** All commands, in the order of `help`. */
export const commandTable: readonly CommandHelp[] = [
  {
    name: 'create',
    usage: 'create [-F] [-a path | -b | -t template] [-X]',
    summary:
      'Begin a configuration: blank (-b), from a template or another zone (-t), from an exported file (-a); without any of them from the template SYSdefault. -F overwrites an existing one. -X is accepted and has no effect.',
    scope: 'global',
  },
  {
    name: 'add',
    usage: 'add resource-type | add property-name value',
    summary: 'Open a new resource; or, in a resource, add to the list that a property holds.',
    scope: 'both',
  },
  {
    name: 'select',
    usage: 'select resource-type [property-name=value ...] | select resource-type number',
    summary: 'Open a resource to change it: the one with these values, or by its number in "info".',
    scope: 'both',
  },
  { name: 'set', usage: 'set property-name=value', summary: 'Set a property.', scope: 'both' },
  { name: 'clear', usage: 'clear property-name', summary: 'Unset a property.', scope: 'both' },
  {
    name: 'remove',
    usage:
      'remove [-F] resource-type [property-name=value ...] | remove [-F] resource-type number | remove property-name value',
    summary: 'Remove resources, all of the type if none is picked; or take a value out of a list.',
    scope: 'both',
  },
  { name: 'end', usage: 'end', summary: 'Finish the open resource.', scope: 'resource' },
  { name: 'cancel', usage: 'cancel', summary: 'Drop the changes to the open resource.', scope: 'resource' },
  {
    name: 'info',
    usage: 'info [resource-type [property-name=value ... | number] | property-name]',
    summary: 'Show the configuration, resources or one property.',
    scope: 'both',
  },
  { name: 'verify', usage: 'verify', summary: 'Check the configuration.', scope: 'global' },
  { name: 'commit', usage: 'commit', summary: 'Check and save the configuration.', scope: 'global' },
  {
    name: 'revert',
    usage: 'revert [-F]',
    summary: 'Go back to the configuration as it was saved last.',
    scope: 'global',
  },
  { name: 'delete', usage: 'delete [-F]', summary: 'Delete the configuration at once.', scope: 'global' },
  {
    name: 'export',
    usage: 'export [-k] [-f output-file]',
    summary:
      'Print the configuration as commands that make it anew, or write them to a file. -k includes the key of the zone.',
    scope: 'global',
  },
  {
    name: 'exit',
    usage: 'exit [-F]',
    summary: 'End the session; saves first if needed. -F ends it even if the configuration cannot be saved.',
    scope: 'both',
  },
  {
    name: 'help',
    usage: 'help [command | resource-type | property-name]',
    summary: 'Show this, or more about one thing.',
    scope: 'both',
  },
]
