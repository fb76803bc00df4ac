import type { Verdict } from '../../contract/run-report.ts';
import { type Reason, type Status, VERDICT_EXIT } from '../../contract/verdict-words.ts';
import { GENERATOR_RULES, INSTRUMENT_RULES } from './rules-invalid.ts';
import { EVIDENCE_RULES, SERVICE_RULES } from './rules-service.ts';
import type { Rule, StepFacts } from './step-facts.ts';

/** The verdict table, heaviest row first: the first row with a reason decides. */
const ROWS: readonly { status: Exclude<Status, 'PASS'>; rules: readonly Rule[] }[] = [
  { status: 'INVALID', rules: INSTRUMENT_RULES },
  { status: 'FAIL', rules: SERVICE_RULES },
  { status: 'INVALID', rules: GENERATOR_RULES },
  { status: 'INCONCLUSIVE', rules: EVIDENCE_RULES },
];

/** Verdict of a step and every reason for it, heaviest first; none for a PASS. */
export function stepVerdict(facts: StepFacts): { status: Status; reasons: Reason[] } {
  const rows = ROWS.map(({ status, rules }) => ({
    status,
    reasons: rules.flatMap((rule) => rule(facts) ?? []),
  }));
  return {
    status: rows.find((row) => row.reasons.length > 0)?.status ?? 'PASS',
    reasons: rows.flatMap((row) => row.reasons),
  };
}

export interface StepVerdict {
  index: number;
  multiple: number;
  status: Status;
  reasons: readonly Reason[];
}

/** Verdict of the run by its steps, in whatever order they were run; steps above `mustHold` only inform. */
export function runVerdict(run: readonly StepVerdict[], mustHold: number): Omit<Verdict, 'lenient'> {
  const steps = run.toSorted((a, b) => a.multiple - b.multiple);
  const gate = steps.filter((step) => step.multiple <= mustHold);
  const order: readonly Status[] = ['FAIL', 'INVALID', 'INCONCLUSIVE', 'PASS'];
  const status = order.find((one) => gate.some((step) => step.status === one)) ?? 'INCONCLUSIVE';
  const deciding = status === 'PASS' ? gate.at(-1) : gate.find((step) => step.status === status);
  const others = gate.filter((step) => step !== deciding);
  const firstNotPassed = steps.findIndex((step) => step.status !== 'PASS');
  const held = firstNotPassed === -1 ? steps : steps.slice(0, firstNotPassed);
  return {
    status,
    exitCode: VERDICT_EXIT[status],
    decidedBy: deciding?.index ?? null,
    holdsAt: held.at(-1)?.multiple ?? null,
    failsAt: steps.find((step) => step.status === 'FAIL')?.multiple ?? null,
    reasons: [
      ...(deciding?.reasons ?? []),
      ...others.flatMap((step) =>
        step.reasons.map((reason) => ({ ...reason, message: `at ${step.multiple}x: ${reason.message}` })),
      ),
    ],
  };
}
