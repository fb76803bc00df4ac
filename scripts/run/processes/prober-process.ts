import type { ProbeObservation, ProberEvent } from '../../observe/observation.ts';
import type { ProberConfig } from '../../prober/prober-config.ts';
import type { Child } from './child.ts';
import { type OwnProcess, startOwnProcess } from './own-process.ts';

export interface ProberOptions extends OwnProcess {
  config: ProberConfig;
  /** Told of each canary as it was written down. */
  onProbe: (probe: ProbeObservation) => void;
}

/** Starts the process that sends the canaries of the plan's steps and of orders made with the kit. */
export function startProber(options: ProberOptions): Promise<Child> {
  return startOwnProcess(options, options.config, (line) => {
    const event: ProberEvent = JSON.parse(line);
    if (event.type === 'prober-ready') return;
    const kept = options.observe(event);
    if (kept.type === 'probe') options.onProbe(kept);
  });
}
