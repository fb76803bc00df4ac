import { randomBytes } from 'node:crypto';
import type { Person } from '../../k6/contract.ts';
import type { PeakproofError } from '../core/errors.ts';
import type { Io } from '../core/io.ts';
import { type Redact, redacted, redactor } from '../core/secrets.ts';
import { VERSION } from '../core/version.ts';
import { inventPeople, MOST_PEOPLE } from '../engine/bundle/people.ts';
import type { JourneyScript } from '../engine/bundle/script-file.ts';
import { TimelineBuilder } from '../observe/fold/fold.ts';
import type { Observation, ObservationOf } from '../observe/observation.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { type Manifest, manifestOf } from '../record/manifest.ts';
import { Recorder } from '../record/recorder.ts';
import { jsonText, openRunDirectory, type RunDirectory } from '../record/run-directory.ts';
import { planWords } from '../record/saved-plan.ts';
import { planDigest } from '../record/saved-run.ts';
import { EarlyEnd } from './early-end.ts';
import { createLiveView, type LiveView } from './live.ts';
import type { Preparation } from './prepare.ts';
import { type Child, Children } from './processes/child.ts';
import { entryFile } from './processes/entry-file.ts';
import { describeExit } from './processes/target.ts';
import { Vitals } from './processes/vitals.ts';

export interface RehearsalOptions {
  io: Io;
  plan: LaunchPlan;
  secrets: readonly string[];
  /** Of the journeys in own code. */
  scripts: readonly JourneyScript[];
  planHash: string;
  preparation: Preparation;
  k6: { path: string; version: string };
  /** CPU that the generator may use, in cores. */
  cores: number;
  /** The plan's file, as it was named. */
  planFile: string;
  /** Folder in which `target.start` runs: the plan's own. */
  targetCwd: string;
  /** null = runs/<name>-<UTC time> below the working directory. */
  outDir: string | null;
  /** Aborted by Ctrl-C. */
  interrupt: AbortSignal;
}

/** The processes of one run and what they share. */
export interface Rig {
  options: RehearsalOptions;
  runId: string;
  started: ObservationOf<'run-started'>;
  redact: Redact;
  /** The plan as plan.json has it, without secrets: the one that is judged. */
  savedPlan: LaunchPlan;
  directory: RunDirectory;
  /** Set when observations could not be written any more. */
  diskError: { current: PeakproofError | null };
  timeline: TimelineBuilder;
  observe: <T extends Observation>(observation: T) => T;
  earlyEnd: EarlyEnd;
  children: Children;
  vitals: Vitals;
  live: LiveView;
  /** Set when the target that we started has ended by itself. */
  targetDead: boolean;
  /** A step is running: k6 has been or is about to be started. */
  underLoad: boolean;
  people: readonly Person[];
  closers: (() => Promise<void>)[];
}

/** Opens the run directory and what watches over the run; starts no part of it yet. */
export async function openRig(options: RehearsalOptions): Promise<Rig> {
  const startedAt = Date.now();
  const earlyEnd = new EarlyEnd();
  const diskError: Rig['diskError'] = { current: null };
  const directory = await openRunDirectory({
    outDir: options.outDir,
    cwd: options.io.cwd,
    name: options.plan.name,
    startedAt,
    onError: (error) => {
      diskError.current = error;
      earlyEnd.end('died');
    },
  });
  const timeline = new TimelineBuilder();
  const redact = redactor(options.secrets);
  const { observe } = recorderInto(directory, timeline, options.secrets);
  endOnInterrupt(earlyEnd, options.interrupt);
  const savedPlan = redacted(options.plan, redact);
  const start = runStarted(options, startedAt, savedPlan);
  const started = observe(start);
  await directory.writePlan(planWords(savedPlan));
  const rig: Rig = {
    options,
    runId: start.runId,
    started,
    redact,
    savedPlan,
    directory,
    diskError,
    timeline,
    observe,
    earlyEnd,
    children: new Children(entryFile('guardian')),
    vitals: new Vitals(options.cores, observe),
    live: redactingView(createLiveView(options.io), redact),
    targetDead: false,
    underLoad: false,
    people: inventPeople(MOST_PEOPLE, options.plan.rehearsal.seed),
    closers: [],
  };
  await writeManifest(rig, { ended: null, observations: null });
  return rig;
}

function runStarted(
  { plan, planHash, k6 }: RehearsalOptions,
  startedAt: number,
  savedPlan: LaunchPlan,
): ObservationOf<'run-started'> {
  return {
    type: 'run-started',
    at: startedAt,
    runId: `${plan.name}-${new Date(startedAt).toISOString()}-${randomBytes(2).toString('hex')}`,
    version: VERSION,
    k6Version: k6.version,
    seed: plan.rehearsal.seed,
    planHash,
    resolvedPlanHash: planDigest(jsonText(planWords(savedPlan))),
  };
}

function recorderInto(
  directory: RunDirectory,
  timeline: TimelineBuilder,
  secrets: readonly string[],
): Recorder {
  return new Recorder(
    secrets,
    (observation) => directory.append(observation),
    (observation) => timeline.add(observation),
    (observation) => {
      if (observation.type === 'k6-log')
        directory.log('k6.log', `${observation.level} ${observation.message}`);
    },
  );
}

function endOnInterrupt(earlyEnd: EarlyEnd, interrupt: AbortSignal): void {
  const onInterrupt = (): void => earlyEnd.end('interrupted');
  if (interrupt.aborted) onInterrupt();
  interrupt.addEventListener('abort', onInterrupt);
}

export async function writeManifest(
  { options, started, redact, directory }: Rig,
  end: Pick<Manifest, 'ended' | 'observations'>,
): Promise<void> {
  const planFile = redact(options.planFile);
  await directory.writeManifest(manifestOf(started, { ...end, planFile, node: process.version }));
}

function redactingView(view: LiveView, redact: Redact): LiveView {
  return { ...view, note: (line) => view.note(redact(line)) };
}

/** Stops everything in the reverse of its order of starting. */
export async function closeRig(rig: Rig): Promise<void> {
  rig.live.close();
  rig.vitals.stop();
  await rig.children.stopAll();
  for (const close of rig.closers.reverse()) await close();
}

/** From now on the end of this child ends the run, unless we asked for it. */
export function endRunOnDeath(rig: Rig, child: Child, who: 'mocks' | 'prober' | 'target'): void {
  void child.exited.then(() => {
    if (child.stopping) return;
    void reportDeath(rig, child, who);
  });
}

export async function reportDeath(
  rig: Rig,
  child: Child,
  who: 'k6' | 'mocks' | 'prober' | 'target',
): Promise<void> {
  const exit = await child.exited;
  rig.observe({ type: 'child-died', at: Date.now(), who, ...exit });
  rig.live.note(`${who} ended unasked: ${describeExit(exit.code, exit.signal)}`);
  if (who !== 'target') rig.earlyEnd.end('child-died');
  else if (!rig.underLoad) rig.earlyEnd.end('target-died');
  // Under load a dead target is judged: the load goes on until the budget is spent (watchStep).
  else rig.targetDead = true;
}

/** Whether a journey of the plan is a k6 script without the kit. */
export function runsK6Script({ options }: Rig): boolean {
  return options.scripts.some(({ kind }) => kind === 'k6');
}
