import type { Reason } from '../../contract/verdict-words.ts';
import type { RunTimeline } from '../../observe/timeline.ts';
import { announcedSteps } from '../../plan/derived/announced-steps.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';

/** What a reader of a run directory found out about its files. */
export interface RecordFacts {
  /** The first line of the observations that is not what was written. */
  damage: { line: number; reason: string } | null;
  /** The first observation that can't have come where it stands. */
  misplaced: { line: number; cause: string } | null;
  /** The file ends inside a line. */
  torn: boolean;
  /** Of the observations: as the run has sealed them (null: it was killed before), and as they are. */
  sealed: LogFacts | null;
  found: LogFacts;
  /** Digest of plan.json: as the run noted it in its observations and its manifest, and as it is. */
  planNoted: readonly string[];
  planFound: string;
  /** How the run ended by its manifest; null: it did not get there. */
  ended: string | null;
  /** What the manifest says otherwise than the observations, by its own keys. */
  manifestDiffers: readonly string[];
}

/** Codes of what makes a record one that can't be trusted. */
export const RECORD_DOUBTS: ReadonlySet<string> = new Set([
  'observations-damaged',
  'observations-incomplete',
  'observations-altered',
  'observations-contradict',
  'plan-altered',
  'manifest-altered',
]);

interface LogFacts {
  lines: number;
  sha256: string;
}

const NEXT =
  'judge the run directory as the run wrote it (its artifact or a backup); if there is none, run again';

/** Why nothing that a run directory says counts, heaviest first; empty for one that is as it was written. */
export function doubtsOf(plan: LaunchPlan, timeline: RunTimeline, record: RecordFacts): Reason[] {
  const causes = [
    damaged(record),
    incomplete(timeline, record),
    altered(record),
    misplaced(record),
    notAnnounced(plan, timeline),
    planAltered(plan, timeline, record),
    manifestAltered(timeline, record),
  ];
  return causes.filter((cause) => cause !== null).map((cause) => ({ ...cause, next: NEXT }));
}

type Cause = Omit<Reason, 'next'>;

function damaged({ damage }: RecordFacts): Cause | null {
  if (!damage) return null;
  return {
    code: 'observations-damaged',
    message: `line ${damage.line} of observations.ndjson is not what was written: ${damage.reason}; nothing after it was read`,
  };
}

/** The end is missing though the run had written it. What a killed run left behind is short, but not damaged. */
function incomplete({ how }: RunTimeline, { damage, torn, sealed, found, ended }: RecordFacts): Cause | null {
  if (damage || ended === null) return null;
  const endMissing = how === null && ended !== 'not-started';
  const short = sealed !== null && found.lines < sealed.lines;
  if (!endMissing && !short) return null;
  return {
    code: 'observations-incomplete',
    message: `observations.ndjson ends after line ${found.lines}${sealed ? ` of ${sealed.lines}` : ''}${torn ? ' with half a line' : ''}${endMissing ? ', without the end of the run' : ''}, though manifest.json says that the run ended (${ended})`,
  };
}

function altered({ damage, torn, sealed, found }: RecordFacts): Cause | null {
  if (damage || !sealed || found.lines < sealed.lines || sealed.sha256 === found.sha256) return null;
  const added = torn || found.lines > sealed.lines;
  return {
    code: 'observations-altered',
    message: added
      ? `something was added to observations.ndjson after line ${sealed.lines}, the last that the run wrote`
      : `the ${found.lines} lines of observations.ndjson are not those that the run wrote: their SHA-256 differs from manifest.json`,
  };
}

function misplaced({ misplaced: found }: RecordFacts): Cause | null {
  if (!found) return null;
  return {
    code: 'observations-contradict',
    message: `line ${found.line} of observations.ndjson does not fit those before it: ${found.cause}`,
  };
}

/** Not even a run that ends early has a step more than it announced. */
function notAnnounced(plan: LaunchPlan, { steps }: RunTimeline): Cause | null {
  const announced = announcedSteps(plan);
  const other = steps.find(({ step }) => !announced.some(({ index }) => index === step));
  if (!other) return null;
  return {
    code: 'observations-contradict',
    message: `step ${other.step} at ${other.multiple}x was run, but the run had announced ${announced.length === 1 ? '1 step' : `${announced.length} steps`}, counted from 0`,
  };
}

function planAltered(plan: LaunchPlan, timeline: RunTimeline, record: RecordFacts): Cause | null {
  if (record.planNoted.some((noted) => noted !== record.planFound)) {
    return {
      code: 'plan-altered',
      message: 'plan.json was changed after the run: its SHA-256 is not the one that the run noted',
    };
  }
  const multiples = new Map(announcedSteps(plan).map(({ index, multiple }) => [index, multiple]));
  const other = timeline.steps.find(
    ({ step, multiple, settleMs }) =>
      (multiples.get(step) ?? multiple) !== multiple || settleMs !== plan.rehearsal.settleMs,
  );
  if (!other) return null;
  return {
    code: 'plan-altered',
    message: `step ${other.step} was run at ${other.multiple}x with a settle of ${other.settleMs} ms, which is not what plan.json says`,
  };
}

function manifestAltered({ how }: RunTimeline, record: RecordFacts): Cause | null {
  const { ended, sealed, found, manifestDiffers } = record;
  const endDiffers = ended !== null && how !== null && ended !== how;
  // An end without a seal, or a seal without an end, is nothing that a run writes; nor one whose halves differ.
  const sealDiffers =
    (ended === null) !== (sealed === null) ||
    (sealed !== null && sealed.sha256 === found.sha256 && sealed.lines !== found.lines);
  const differs = [
    ...manifestDiffers,
    ...(endDiffers ? ['ended'] : []),
    ...(sealDiffers ? ['observations'] : []),
  ];
  if (differs.length === 0) return null;
  return {
    code: 'manifest-altered',
    message: `manifest.json and observations.ndjson are not of the same run: ${differs.join(', ')} differ${differs.length === 1 ? 's' : ''}`,
  };
}
