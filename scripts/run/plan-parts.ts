import type { Io } from '../core/io.ts';
import type { Redact } from '../core/secrets.ts';
import { scaledPartners } from '../demand/scaled-partners.ts';
import { specOf } from '../plan/fault.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import type { Child, Children } from './processes/child.ts';
import { entryFile } from './processes/entry-file.ts';
import { type Mocks, startMocks } from './processes/mocks.ts';
import type { OwnProcess } from './processes/own-process.ts';
import { startTarget } from './processes/target.ts';

// What a plan itself describes as processes: its mock partners and its own target, for a run and for a check.

export interface PlanProcesses {
  plan: LaunchPlan;
  io: Io;
  children: Children;
  /** Aborted by whatever ends the command early. */
  signal: AbortSignal;
}

/** The plan's partners at its scale, faults not yet on their clock; null = it has none. */
export async function startPlanMocks(
  { plan, io, children, signal }: PlanProcesses,
  observe: OwnProcess['observe'],
): Promise<Mocks | null> {
  if (plan.partners.length === 0) return null;
  return await startMocks({
    children,
    mainPath: entryFile('mocks'),
    config: { seed: plan.rehearsal.seed, partners: scaledPartners(plan), faults: plan.faults.map(specOf) },
    signal,
    cwd: io.cwd,
    env: io.env,
    observe,
  });
}

export interface OwnTarget {
  mocks: Mocks | null;
  /** Folder in which `target.start` runs. */
  cwd: string;
  redact: Redact;
  /** Free of secrets. */
  onLine: (line: string) => void;
  note: (line: string) => void;
}

/** The plan's own target, ready; null = it runs already, somewhere. */
export async function startPlanTarget(
  { plan, io, children, signal }: PlanProcesses,
  { mocks, cwd, redact, onLine, note }: OwnTarget,
): Promise<Child | null> {
  if (plan.target.start) note(redact(`starting the target: ${plan.target.start.command}`));
  return await startTarget({
    target: plan.target,
    botPartner: plan.journeys.find(({ chat }) => chat !== null)?.chat?.partner ?? null,
    partnerUrls: mocks?.urls ?? {},
    children,
    env: io.env,
    cwd,
    signal,
    onLine: (line) => onLine(redact(line)),
  });
}
