import { REPORT_VERSION, type RunReport } from '../contract/run-report.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import type { Judgement } from './judgement.ts';

/** What the report says beside plan and judgement. */
export interface ReportMeta {
  /** The plan as it is shown: secrets removed, in the words of launch.yaml. */
  planWritten: unknown;
  runId: string;
  /** Epoch ms. */
  startedAt: number;
  endedAt: number | null;
  changed: RunReport['changed'];
  versions: RunReport['versions'];
}

export function runReport(plan: LaunchPlan, judgement: Judgement, meta: ReportMeta): RunReport {
  const { steps, ...verdict } = judgement;
  const { planWritten, ...about } = meta;
  return {
    schemaVersion: REPORT_VERSION,
    name: plan.name,
    ...about,
    plan: planWritten,
    verdict,
    slo: {
      allowedDowntimeMs: plan.slo.allowedDowntimeMs,
      windowMs: plan.forecast.windowMs,
      slowAfterMs: plan.slo.slowAfterMs,
      downAboveRatio: plan.slo.downAboveRatio,
    },
    scale: plan.rehearsal.scale,
    steps,
  };
}
