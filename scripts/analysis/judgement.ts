import type { FaultFigures, Incident } from '../contract/figures.ts';
import type { StepReport, Verdict } from '../contract/run-report.ts';
import type {
  LoadState,
  ProberState,
  SliceState,
  UnhealthyWord,
  Voiding,
} from '../contract/verdict-words.ts';
import type { Phase } from '../observe/observation.ts';
import type { RunTimeline } from '../observe/timeline.ts';
import type { Fault } from '../plan/fault.ts';
import type { BadTurn, EventCounts } from './turns/event-counts.ts';

// What the rooms of the analysis hand on: slices, and what the rules look at beside the report's own figures. Times are epoch ms.

/** Of an incident; `told-to-wait`: everybody was served in the end, but nobody while the slice lasted. */
export type IncidentKind = BadTurn | 'told-to-wait';

/** Half-open piece of time, epoch ms. */
export interface Span {
  fromAt: number;
  toAt: number;
}

export interface JudgedSlice extends Span {
  phase: Phase;
  state: SliceState;
  /** Load and canaries contradict each other. */
  disagreement: boolean;
  /** Evidence of the load by itself. */
  load: LoadState;
  /** DOWN if every turn is judged by its first try. */
  strictDown: boolean;
  healthy: boolean;
  /** Why the load evidence is unhealthy, and the worst reading behind each of these words; empty when healthy. */
  unhealthy: readonly UnhealthyWord[];
  voidedBy: readonly Voiding[];
  /** Evidence of the canaries by themselves. */
  prober: ProberState;
  /** Orders. */
  planned: number;
  counts: Readonly<EventCounts>;
  /** Journeys that were DOWN by themselves. */
  journeys: readonly string[];
}

export interface JudgedIncident extends Incident {
  kinds: readonly { kind: IncidentKind; count: number; share: number }[];
}

export interface JudgedFault extends FaultFigures {
  kind: Fault['kind'];
  /** Each time that it was in force, in order of time. */
  spans: readonly { onAt: number; offAt: number | null; hit: number }[];
}

/** How an invariant stood at the end of a step, as a partner saw it. */
export type JudgedInvariant = Omit<RunTimeline['invariants'][number], 'step'>;

/** What the analysis says of a run, in the words of the report. */
export interface Judgement extends Verdict {
  steps: readonly StepReport[];
}
