import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { JourneySpec } from '../../k6/journey-spec.ts';
import { flowsOf } from '../../k6/journeys/own/code.ts';
import type { FlowOf } from '../../k6/journeys/turn.ts';
import { PeakproofError } from '../core/errors.ts';
import { EXIT } from '../core/exit-codes.ts';
import type { Io } from '../core/io.ts';
import { redactor, withoutSecrets } from '../core/secrets.ts';
import { inventPeople } from '../engine/bundle/people.ts';
import type { JourneyScript } from '../engine/bundle/script-file.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { plannedSpec } from '../run/load/load-spec.ts';
import { type PlanProcesses, startPlanMocks, startPlanTarget } from '../run/plan-parts.ts';
import { type Child, Children } from '../run/processes/child.ts';
import { entryFile } from '../run/processes/entry-file.ts';
import { targetDied } from '../run/processes/target.ts';
import { prepareOwnCode } from './driver/own-code.ts';
import { type CheckedExchange, type CheckedJourney, checkedExchange, checkedJourney } from './outcome.ts';
import { type WalkSpec, walkOrder } from './walk.ts';

// One order of each journey against the plan's own surroundings: its partners and, if it has one, its target.

export interface CheckOptions {
  io: Io;
  plan: LaunchPlan;
  secrets: readonly string[];
  /** Those to check, at least one. */
  journeys: readonly JourneySpec[];
  /** Of the journeys in own code. */
  scripts: readonly JourneyScript[];
  /** Folder in which `target.start` runs. */
  targetCwd: string;
  /** Aborted by Ctrl-C. */
  interrupt: AbortSignal;
  note: (line: string) => void;
  onJourney: (journey: string) => void;
  onExchange: (exchange: CheckedExchange) => void;
  onChecked: (checked: CheckedJourney) => void;
}

/**
 * Checks the journeys one after another. Nothing that it started is left when it returns or throws.
 * @throws PeakproofError `port-taken`, `mocks-failed`, `target-port-taken`, `target-died`, `target-not-ready` (exit 4),
 * `interrupted` (exit 3)
 */
export async function checkPlan(options: CheckOptions): Promise<CheckedJourney[]> {
  const { io, plan, secrets, interrupt } = options;
  const children = new Children(entryFile('guardian'));
  try {
    return await checkWith(options, { plan, io, children, signal: interrupt });
  } catch (error) {
    throw interrupt.aborted ? interrupted() : withoutSecrets(error, redactor(secrets));
  } finally {
    await children.stopAll();
  }
}

async function checkWith(options: CheckOptions, processes: PlanProcesses): Promise<CheckedJourney[]> {
  const { plan, secrets, targetCwd, note } = options;
  const mocks = await startPlanMocks(processes, (observation) => observation);
  const target = await startPlanTarget(processes, {
    mocks,
    cwd: targetCwd,
    redact: redactor(secrets),
    onLine: () => undefined,
    note,
  });
  const spec = walkSpec(plan, mocks?.urls ?? {});
  const ownCode = await prepareOwnCode(options.scripts);
  try {
    return await checkEach(options, spec, flowsOf(ownCode.programs), target);
  } finally {
    await ownCode.close();
  }
}

async function checkEach(
  options: CheckOptions,
  spec: WalkSpec,
  flowOf: FlowOf,
  target: Child | null,
): Promise<CheckedJourney[]> {
  const { plan, secrets, interrupt, note } = options;
  const checked: CheckedJourney[] = [];
  for (const journey of options.journeys) {
    options.onJourney(journey.name);
    const order = await walkOrder(journey, spec, {
      flowOf,
      signal: interrupt,
      onExchange: (exchange) => options.onExchange(checkedExchange(exchange, secrets)),
    });
    const one = checkedJourney(order, plan.client, secrets);
    options.onChecked(one);
    noteRequests(journey, order.exchanges, note);
    checked.push(one);
    if (target && one.result === 'failed') await refuseDeadTarget(target, plan);
  }
  return checked;
}

/** What the plan says of own code is held against what it does. */
function noteRequests(
  { name, script }: JourneySpec,
  exchanges: readonly { at: number }[],
  note: CheckOptions['note'],
): void {
  const made = 1 + Math.max(-1, ...exchanges.map(({ at }) => at));
  if (script === null || made === script.requestsPerOrder) return;
  note(`${name}: this order made ${made} requests, the plan says requests: ${script.requestsPerOrder}`);
}

/** An order may fail a moment before its target's end is known. */
const KNOWN_WITHIN_MS = 500;

async function refuseDeadTarget(target: Child, { target: { start } }: LaunchPlan): Promise<void> {
  const exit = await Promise.race([target.exited, delay(KNOWN_WITHIN_MS, null, { ref: false })]);
  if (exit) throw targetDied(start?.command ?? '', exit, 'during the check');
}

/** As the load will be, with an identity that no other check or run has. */
function walkSpec(plan: LaunchPlan, partnerUrls: WalkSpec['partnerUrls']): WalkSpec {
  return {
    ...plannedSpec(plan),
    runId: `${plan.name}-check-${randomBytes(6).toString('hex')}`,
    stepIndex: 0,
    partnerUrls,
    people: inventPeople(1, plan.rehearsal.seed),
  };
}

function interrupted(): PeakproofError {
  return new PeakproofError({
    code: 'interrupted',
    message: 'stopped before every journey was checked; nothing is left running',
    hint: 'run it again',
    exitCode: EXIT.noVerdict,
  });
}
