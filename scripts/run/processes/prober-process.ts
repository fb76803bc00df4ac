import type { ProbeObservation, ProberEvent } from '../../observe/observation.ts';
import type { ProberConfig } from '../../prober/prober-config.ts';
import type { Child, OwnProcess } from './child.ts';

export interface ProberOptions extends OwnProcess {
  config: ProberConfig;
  /** Told of each canary as it was written down. */
  onProbe: (probe: ProbeObservation) => void;
}

/** Starts the process that sends the canaries of the plan's steps and of orders made with the kit. */
export async function startProber(options: ProberOptions): Promise<Child> {
  const child = await options.children.start({
    command: process.execPath,
    args: [options.mainPath],
    cwd: options.cwd,
    env: options.env,
    onStdoutLine: (line) => {
      const event: ProberEvent = JSON.parse(line);
      if (event.type === 'prober-ready') return;
      const kept = options.observe(event);
      if (kept.type === 'probe') options.onProbe(kept);
    },
    onStderrLine: () => {},
  });
  child.write(JSON.stringify(options.config));
  return child;
}
