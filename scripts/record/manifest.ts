import { z } from 'zod';
import { PeakproofError } from '../core/errors.ts';
import { EXIT } from '../core/exit-codes.ts';
import { VERSION } from '../core/version.ts';
import type { ObservationOf } from '../observe/observation.ts';

/**
 * 1 had neither a seal nor the digest of the resolved plan: nothing in it can be trusted to be as it was written.
 * 2 knew neither closures nor invariants, and its plans no promises of faults. 3 and 4 named journeys and outcomes otherwise.
 */
const SCHEMA_VERSION = 6;

const sealSchema = z.object({ lines: z.int().min(0), sha256: z.string() });

const manifestSchema = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  runId: z.string(),
  /** ISO 8601, UTC. */
  startedAt: z.iso.datetime(),
  versions: z.object({ peakproof: z.string(), k6: z.string(), node: z.string() }),
  planFile: z.string(),
  planHash: z.string(),
  resolvedPlanHash: z.string(),
  seed: z.number(),
  /** Null while the run goes on: a manifest that says so was left by a run that was killed. */
  ended: z
    .enum(['completed', 'interrupted', 'died', 'child-died', 'target-died', 'not-recovered', 'not-started'])
    .nullable(),
  /** Seal of observations.ndjson; null as long as `ended` is. */
  observations: sealSchema.nullable(),
});

/** manifest.json: what run a directory holds, how it ended and what its observations must be. */
export type Manifest = z.output<typeof manifestSchema>;

/** Manifest of a run by what it noted at its start: two places that must agree. */
export function manifestOf(
  started: ObservationOf<'run-started'>,
  about: Pick<Manifest, 'planFile' | 'ended' | 'observations'> & { node: string },
): Manifest {
  return {
    schemaVersion: SCHEMA_VERSION,
    runId: started.runId,
    startedAt: new Date(started.at).toISOString(),
    versions: { peakproof: started.version, k6: started.k6Version, node: about.node },
    planFile: about.planFile,
    planHash: started.planHash,
    resolvedPlanHash: started.resolvedPlanHash,
    seed: started.seed,
    ended: about.ended,
    observations: about.observations,
  };
}

/** Keys whose values the start of the run, as it was observed, contradicts. */
export function manifestDiffers(manifest: Manifest, started: ObservationOf<'run-started'>): string[] {
  const { planFile, ended, observations, versions } = manifest;
  const noted = manifestOf(started, { planFile, ended, observations, node: versions.node });
  return Object.entries(noted)
    .filter(([key, value]) => {
      const found: unknown = new Map<string, unknown>(Object.entries(manifest)).get(key);
      return JSON.stringify(found) !== JSON.stringify(value);
    })
    .map(([key]) => key);
}

const versionsSchema = z.object({ versions: z.object({ peakproof: z.string().max(40) }) });

/** ` (0.1.0)` as far as the manifest says so. */
function madeBy(value: unknown): string {
  const { success, data } = versionsSchema.safeParse(value);
  return success ? ` (${data.versions.peakproof})` : '';
}

/** @throws {PeakproofError} `manifest-unreadable`, `schema-version-unknown` */
export function parseManifest(value: unknown, path: string): Manifest {
  const version =
    typeof value === 'object' && value !== null && 'schemaVersion' in value ? value.schemaVersion : undefined;
  if (Number.isInteger(version) && version !== SCHEMA_VERSION) {
    throw new PeakproofError({
      code: 'schema-version-unknown',
      message: `${path} has schemaVersion ${version}; peakproof ${VERSION} reads schemaVersion ${SCHEMA_VERSION}`,
      hint: `analyze it with the version of peakproof that made the run${madeBy(value)}, or run again`,
      exitCode: EXIT.environment,
    });
  }
  const { success, data, error } = manifestSchema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  throw new PeakproofError({
    code: 'manifest-unreadable',
    message: `${path} is no manifest of a run: ${issue?.path.join('.') || 'its content'}: ${issue?.message}`,
    hint: 'restore the file as the run wrote it; if there is no copy of it, run again',
    exitCode: EXIT.environment,
  });
}
