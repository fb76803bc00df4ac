import { type PlanProcesses, startPlanMocks, startPlanTarget } from './plan-parts.ts';
import type { Child } from './processes/child.ts';
import type { Mocks } from './processes/mocks.ts';
import { endRunOnDeath, type Rig } from './rig.ts';

// The parts around k6 that start first: partners and the plan's own target.

export async function startPartners(rig: Rig): Promise<Mocks | null> {
  const mocks = await startPlanMocks(processesOf(rig), rig.observe);
  if (mocks === null) return null;
  rig.vitals.watch(mocks.child.pid, 'mocks', 'mocks');
  endRunOnDeath(rig, mocks.child, 'mocks');
  return mocks;
}

export async function startOwnTarget(rig: Rig, mocks: Mocks | null): Promise<Child | null> {
  const target = await startPlanTarget(processesOf(rig), {
    mocks,
    cwd: rig.options.targetCwd,
    redact: rig.redact,
    onLine: (line) => rig.directory.log('target.log', line),
    note: rig.live.note,
  });
  if (target) rig.vitals.watch(target.pid, 'target', 'target');
  return target;
}

const processesOf = ({ options, children, earlyEnd }: Rig): PlanProcesses => {
  return { plan: options.plan, io: options.io, children, signal: earlyEnd.signal };
};
