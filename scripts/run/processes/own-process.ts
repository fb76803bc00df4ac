import type { Observation } from '../../observe/observation.ts';
import type { Child, Children } from './child.ts';

/** What a process of our own (mocks, prober) is started with; its NDJSON lines become observations. */
export interface OwnProcess {
  children: Children;
  /** Its bundled entry point. */
  mainPath: string;
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  observe: <T extends Observation>(observation: T) => T;
}

/** It reads `config` from the first line of its stdin and writes one JSON object a line. */
export async function startOwnProcess(
  { children, mainPath, cwd, env }: OwnProcess,
  config: unknown,
  onLine: (line: string) => void,
): Promise<Child> {
  const child = await children.start({
    command: process.execPath,
    args: [mainPath],
    cwd,
    env,
    onStdoutLine: onLine,
    onStderrLine: () => {},
  });
  child.write(JSON.stringify(config));
  return child;
}
