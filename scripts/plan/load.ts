import { redactor } from '../core/secrets.ts';
import { faultFindings } from './checks/faults.ts';
import { journeyFindings } from './checks/journeys.ts';
import { movesFindings } from './checks/moves.ts';
import { partnerFindings } from './checks/partners.ts';
import { readParts } from './checks/parts.ts';
import { targetFindings } from './checks/target.ts';
import { thinkTimeFindings } from './checks/think-time.ts';
import { timingFindings } from './checks/timing.ts';
import type { LaunchPlan } from './launch-plan.ts';
import { resolvePlan } from './resolve.ts';
import { launchPlanSchema } from './schema/schema.ts';
import { schemaFindings } from './schema/schema-findings.ts';
import { substituteEnvironment } from './source/environment.ts';
import { type Pruned, refuseNotAvailable } from './source/not-available.ts';
import {
  type Finding,
  type PlanPath,
  type PlanProblem,
  pathText,
  presentable,
  receivedText,
  valueAt,
} from './source/problems.ts';
import { readYaml, type YamlSource } from './source/yaml-source.ts';

export interface LoadOptions {
  /** Gives the plan its name if it has none; shown in messages. */
  fileName: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Value of `${secret:NAME}`; default: the environment's. */
  secretOf?: ((name: string) => string | undefined) | undefined;
}

export type LoadedPlan =
  | {
      ok: true;
      plan: LaunchPlan;
      /** Values that came from `${secret:NAME}`: whoever prints or writes anything masks them. */
      secrets: string[];
    }
  /** By line. Nothing in them shows a secret. */
  | { ok: false; problems: PlanProblem[] };

/** Reads a launch plan: every problem at once, or the plan with all defaults and units. Never throws. */
export function loadPlan(text: string, options: LoadOptions): LoadedPlan {
  const { source, problems } = readYaml(text);
  if (!source)
    return { ok: false, problems: sorted(problems.map((problem) => presentable(problem, (same) => same))) };

  const substituted = substituteEnvironment(source.value, options.env, options.secretOf);
  const pruned = refuseNotAvailable(substituted.value);
  const mask = redactor(substituted.secrets, '***');
  const findings = [
    ...substituted.findings,
    ...pruned.findings,
    ...planFindings(pruned, substituted.findings),
  ];
  const all = [
    ...problems.map((problem) => presentable(problem, mask)),
    ...unique(findings).map((finding) => placed(finding, source, substituted.value, mask)),
  ];
  if (all.length > 0) return { ok: false, problems: sorted(all) };

  const plan = resolvePlan(launchPlanSchema.parse(pruned.value), nameFromFile(options.fileName));
  return { ok: true, plan, secrets: substituted.secrets };
}

/** What is wrong with the plan's values, without what only follows from a problem that is reported already. */
function planFindings(pruned: Pruned, environment: readonly Finding[]): Finding[] {
  const parts = readParts(pruned.value);
  const unreadable = new Set(environment.map(({ path }) => pathText(path)));
  const incomplete = new Set(pruned.incomplete.map(pathText));
  return [
    ...schemaFindings(launchPlanSchema, pruned.value),
    ...timingFindings(parts),
    ...thinkTimeFindings(parts),
    ...targetFindings(parts),
    ...journeyFindings(parts),
    ...partnerFindings(parts),
    ...faultFindings(parts),
    ...movesFindings(parts),
  ].filter(({ code, path }) => {
    const lacking = code === 'missing-key' ? pathText(path.slice(0, -1)) : pathText(path);
    return !unreadable.has(pathText(path)) && !(incomplete.has(lacking) && lacking !== '');
  });
}

/** The same key can be refused by the schema and by a check; once is enough. */
function unique(findings: readonly Finding[]): Finding[] {
  const seen = new Map(findings.map((finding) => [`${finding.code} ${pathText(finding.path)}`, finding]));
  return [...seen.values()];
}

function placed(
  finding: Finding,
  source: YamlSource,
  root: unknown,
  mask: (text: string) => string,
): PlanProblem {
  const { code, path, message, allowed, hint } = finding;
  const aboutKey = code === 'unknown-key' || code === 'invalid-key';
  const received = aboutKey ? keyOf(path) : valueAt(root, path);
  return presentable(
    {
      code,
      ...source.locate(path, finding.at ?? 'value'),
      path: pathText(path),
      message,
      received: receivedText(received, mask),
      allowed,
      ...(hint === undefined ? {} : { hint }),
    },
    mask,
  );
}

function keyOf(path: PlanPath): string {
  return String(path.at(-1));
}

function sorted(problems: readonly PlanProblem[]): PlanProblem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** `plans/Spring voucher.yaml` → `Spring-voucher`. */
function nameFromFile(fileName: string): string {
  const base = fileName.split(/[/\\]/).at(-1) ?? '';
  const safe = base
    .replace(/\.ya?ml$/i, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 64);
  return safe === '' ? 'launch' : safe;
}
