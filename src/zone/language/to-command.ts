import { Exit } from '../../errors.ts'
import { nearest } from '../nearest.ts'
import { type Command, type CommandBody, commandTable, type Selector } from './command.ts'
import { ScriptError } from './script-error.ts'
import type { Argument, Statement } from './statement.ts'
import { plainText, plainValue, takeOptions, usageError } from './words.ts'

type Reader = (statement: Statement) => CommandBody

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['create', readCreate],
  ['add', readAdd],
  ['select', readSelect],
  ['set', readSet],
  ['clear', readClear],
  ['remove', readRemove],
  ['info', readInfo],
  ['export', readExport],
  ['help', readHelp],
  ['?', readHelp],
  ...(['revert', 'delete', 'exit'] as const).map((name): [string, Reader] => [
    name,
    (statement) => {
      const options = takeOptions(statement, 'F')
      noMore(statement, options.operands, 0)
      return { name, force: options.flags.has('F') }
    },
  ]),
  ...(['end', 'cancel', 'verify', 'commit'] as const).map((name): [string, Reader] => [
    name,
    (statement) => {
      noMore(statement, statement.args, 0)
      return { name }
    },
  ]),
])

/**
 * Gives the words of a statement their meaning.
 *
 * @throws {ScriptError} UNKNOWN_COMMAND or USAGE
 */
export function toCommand(statement: Statement): Command {
  const read = readers.get(statement.name)
  if (read === undefined) {
    const meant = nearest(
      statement.name,
      commandTable.map(({ name }) => name),
    )
    throw new ScriptError(
      `Unknown command "${statement.name}"`,
      {
        code: 'UNKNOWN_COMMAND',
        exit: Exit.usage,
        remedy: meant === undefined ? 'Type "help" for the commands' : `Did you mean "${meant}"?`,
      },
      statement.start,
    )
  }
  const first = statement.args[0]
  const detailOffset = first?.kind === 'assignment' ? first.valueStart : (first?.start ?? statement.start)
  return { ...read(statement), offset: statement.start, detailOffset }
}

function readCreate(statement: Statement): CommandBody {
  const { flags, values, operands } = takeOptions(statement, 'FbX', 'at')
  noMore(statement, operands, 0)
  const template = values.get('t')
  const path = values.get('a')
  if ([flags.has('b') || undefined, template, path].filter((choice) => choice !== undefined).length > 1) {
    throw usageError(statement, 'only one of -a, -b and -t can be given')
  }
  const from =
    template !== undefined
      ? ({ kind: 'template', template } as const)
      : path !== undefined
        ? ({ kind: 'archive', path } as const)
        : ({ kind: flags.has('b') ? 'blank' : 'default' } as const)
  return { name: 'create', from, force: flags.has('F'), keepArchive: flags.has('X') }
}

function readAdd(statement: Statement): CommandBody {
  const [what, value] = statement.args
  if (what === undefined) throw usageError(statement, 'a resource type or property is missing')
  // `add options=ro` is a slip that is easy to understand.
  if (what.kind === 'assignment' && value === undefined)
    return { name: 'add', what: what.name, value: what.value }
  noMore(statement, statement.args, 2)
  return { name: 'add', what: plainText(what), value: value && plainValue(value) }
}

function readSelect(statement: Statement): CommandBody {
  return { name: 'select', selector: selector(statement, statement.args) }
}

function readSet(statement: Statement): CommandBody {
  const [assignment, extra] = statement.args
  if (assignment?.kind !== 'assignment') {
    throw usageError(statement, 'expected property-name=value', assignment?.start)
  }
  if (extra !== undefined) {
    throw usageError(
      statement,
      `unexpected "${extra.text}"; a value with blanks needs double quotes`,
      extra.start,
    )
  }
  return { name: 'set', property: assignment.name, value: assignment.value }
}

function readClear(statement: Statement): CommandBody {
  const [property] = statement.args
  noMore(statement, statement.args, 1)
  if (property === undefined) throw usageError(statement, 'a property is missing')
  return { name: 'clear', property: plainText(property) }
}

function readRemove(statement: Statement): CommandBody {
  const { flags, operands } = takeOptions(statement, 'F')
  const [what, value] = operands
  const force = flags.has('F')
  if (what !== undefined && operands.length === 2 && value?.kind === 'plain') {
    // Whether this is a value of a list or the number of a resource depends on what is open.
    const index = isIndex(value) ? Number(plainText(value)) : undefined
    return {
      name: 'remove',
      selector: { type: plainText(what), index, criteria: [] },
      value: plainValue(value),
      force,
    }
  }
  return { name: 'remove', selector: selector(statement, operands), value: undefined, force }
}

function readInfo(statement: Statement): CommandBody {
  return {
    name: 'info',
    selector: statement.args.length === 0 ? undefined : selector(statement, statement.args),
  }
}

function readExport(statement: Statement): CommandBody {
  const { flags, values, operands } = takeOptions(statement, 'k', 'f')
  noMore(statement, operands, 0)
  return { name: 'export', file: values.get('f'), withKey: flags.has('k') }
}

function readHelp(statement: Statement): CommandBody {
  noMore(statement, statement.args, 1)
  const [topic] = statement.args
  return { name: 'help', topic: topic && plainText(topic) }
}

function selector(statement: Statement, args: readonly Argument[]): Selector {
  const [type, ...rest] = args
  if (type === undefined) throw usageError(statement, 'a resource type is missing')
  const [index] = rest
  if (rest.length === 1 && index !== undefined && isIndex(index)) {
    return { type: plainText(type), index: Number(plainText(index)), criteria: [] }
  }
  const criteria = rest.map((arg) => {
    if (arg.kind !== 'assignment')
      throw usageError(statement, `expected property-name=value, found "${arg.text}"`, arg.start)
    return { property: arg.name, value: arg.value, offset: arg.valueStart }
  })
  return { type: plainText(type), index: undefined, criteria }
}

function isIndex(arg: Argument): boolean {
  return arg.kind === 'plain' && /^\d{1,6}$/.test(arg.text)
}

function noMore(statement: Statement, args: readonly Argument[], allowed: number): void {
  const extra = args[allowed]
  if (extra !== undefined) throw usageError(statement, `unexpected "${extra.text}"`, extra.start)
}
