import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { PeakproofError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit-codes.ts';
import type { Io } from '../../core/io.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import { loadPlan } from '../../plan/load.ts';
import { formatProblems } from '../../plan/source/problems.ts';

/** A pipe would be waited for without end. */
async function readRegularFile(path: string): Promise<string> {
  if (!(await stat(path)).isFile()) throw new Error('it is not a file');
  return await readFile(path, 'utf8');
}

/** @param secretOf value of a secret of the plan; default: the environment's */
export async function readPlanFile(
  io: Io,
  planFile: string,
  secretOf?: (name: string) => string | undefined,
): Promise<{ plan: LaunchPlan; secrets: readonly string[]; hash: string }> {
  const path = resolve(io.cwd, planFile);
  const text = await readRegularFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new PeakproofError({
      code: 'plan-not-readable',
      message: `can't read the launch plan ${planFile}: ${error.code ?? error.message}`,
      hint: 'name an existing YAML file; `peakproof init` writes one to start from',
      exitCode: EXIT.usage,
    });
  });
  const loaded = loadPlan(text, { fileName: planFile, env: io.env, secretOf });
  if (!loaded.ok) {
    throw new PeakproofError({
      code: 'plan-invalid',
      message: `${planFile} is not a valid launch plan`,
      hint: 'docs/launch-plan.md lists every key; `peakproof schema` makes an editor complete them',
      exitCode: EXIT.usage,
      details: formatProblems(loaded.problems, planFile).trimEnd().split('\n'),
    });
  }
  return {
    plan: withScriptsFrom(dirname(path), loaded.plan),
    secrets: loaded.secrets,
    hash: createHash('sha256').update(text).digest('hex'),
  };
}

/** Scripts are written as they are seen from the plan's folder. */
function withScriptsFrom(folder: string, plan: LaunchPlan): LaunchPlan {
  const journeys = plan.journeys.map((journey) => {
    const { script } = journey;
    return script === null
      ? journey
      : { ...journey, script: { ...script, file: resolve(folder, script.file) } };
  });
  return { ...plan, journeys };
}
