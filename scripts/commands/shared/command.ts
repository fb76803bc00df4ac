import type { ArgumentsCamelCase, Argv } from 'yargs';
import type { ExitCode } from '../../core/exit-codes.ts';
import type { Io } from '../../core/io.ts';
import { usageError } from './usage-error.ts';

/** A command of the command line; only its own declaration knows the types of its options. */
export interface Command {
  name: string;
  /** `onExit` gets its exit code when it has run. */
  addTo: (parser: Argv, io: Io, onExit: (code: ExitCode) => void) => void;
}

export interface CommandDeclaration<Options> {
  /** Its name and positional arguments, e.g. `run <plan>`. */
  line: string;
  about: string;
  options: (parser: Argv) => Argv<Options>;
  /** Command lines, and what each is good for. */
  examples: readonly (readonly [line: string, about: string])[];
  run: (io: Io, options: ArgumentsCamelCase<Options>) => ExitCode | Promise<ExitCode>;
}

/** What a command gets whose options are declared by this function: these names, and no others. */
export type OptionsOf<Declare> = Declare extends (parser: Argv) => Argv<infer Options>
  ? Named<ArgumentsCamelCase<Options>>
  : never;

/** Without `[name: string]`, by which a misspelt option would be `unknown` and no error. */
type Named<Options> = {
  [Name in keyof Options as string extends Name ? never : Name]: Options[Name];
};

export function command<Options>(declaration: CommandDeclaration<Options>): Command {
  const { line, about, options, examples, run } = declaration;
  const [name = ''] = line.split(' ');
  return {
    name,
    addTo: (parser, io, onExit) => {
      parser.command(
        line,
        about,
        (own) => examples.reduce((shown, [example, why]) => shown.example(example, why), options(own)),
        async (args) => {
          requireOneValueEach(args, line);
          onExit(await run(io, args));
        },
      );
    },
  };
}

/** yargs makes a list of an option given twice, and an empty text would stand for the working directory. */
function requireOneValueEach(args: Readonly<Record<string, unknown>>, line: string): void {
  const [command] = line.split(' ');
  for (const [name, value] of Object.entries(args)) {
    const isPositional = line.includes(`<${name}>`) || line.includes(`[${name}]`);
    const shown = isPositional ? `<${name}>` : `--${name}`;
    if (name !== '_' && Array.isArray(value))
      throw usageError(`${shown} is given more than once: ${value.join(', ')}`, command);
    if (value === '') throw usageError(`${shown} needs a value`, command);
  }
}
