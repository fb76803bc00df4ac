import type { z } from 'zod';
import type { FaultSpec, PartnerSpec } from '../../../mock-services/registry.ts';
import { type JourneyInput, journeySchema } from '../schema/journeys-schema.ts';
import { launchPlanSchema, type PlanInput } from '../schema/schema.ts';

/**
 * What of a plan can be read although other parts of it are wrong, so that checks between keys report their
 * problems together with all others. A part that does not fit its schema is undefined.
 */
export interface PlanParts {
  forecast: PlanInput['forecast'] | undefined;
  slo: PlanInput['slo'] | undefined;
  rehearsal: PlanInput['rehearsal'] | undefined;
  target: PlanInput['target'] | undefined;
  client: PlanInput['client'] | undefined;
  /** As written; `read` is undefined for a journey that does not fit its schema. */
  journeys: readonly { name: string; written: object; read: JourneyInput | undefined }[];
  /** As written, since each kind has its own keys. */
  partners: readonly { name: string; written: object }[];
  faults: readonly { index: number; written: object }[];
}

export function readParts(value: unknown): PlanParts {
  const plan = mapping(value);
  const { shape } = launchPlanSchema;
  return {
    forecast: read(shape.forecast, field(plan, 'forecast')),
    slo: read(shape.slo, field(plan, 'slo')),
    rehearsal: read(shape.rehearsal, field(plan, 'rehearsal')),
    target: read(shape.target, field(plan, 'target')),
    client: read(shape.client, field(plan, 'client')),
    journeys: entries(field(plan, 'journeys')).map(({ name, written }) => ({
      name,
      written,
      read: read(journeySchema, written),
    })),
    partners: entries(field(plan, 'partners')),
    faults: list(field(plan, 'faults')),
  };
}

/** A key of a mapping as it was written; undefined when there is none. */
export function field(written: object, key: string): unknown {
  return Object.hasOwn(written, key) ? Reflect.get(written, key) : undefined;
}

/** Partners or faults of a kind, whether the rest of them can be read or not. */
export function ofKind<Part extends { written: object }>(
  parts: readonly Part[],
  kind: PartnerSpec['kind'] | FaultSpec['kind'],
): Part[] {
  return parts.filter(({ written }) => field(written, 'kind') === kind);
}

/** The value as a mapping; anything else as an empty one. */
export function mapping(value: unknown): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function read<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> | undefined {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const known = schema.safeParse(withoutUnknownKeys(value, result.error.issues));
  return known.success ? known.data : undefined;
}

/** A copy without the keys that the schema does not know: they are problems of their own and hide no other. */
function withoutUnknownKeys(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const copy: unknown = structuredClone(value);
  for (const issue of issues) {
    if (issue.code !== 'unrecognized_keys') continue;
    const owner = issue.path.reduce<unknown>((at, key) => field(Object(at), String(key)), copy);
    for (const key of issue.keys) Reflect.deleteProperty(Object(owner), key);
  }
  return copy;
}

function entries(value: unknown): { name: string; written: object }[] {
  return Object.entries(mapping(value)).map(([name, written]) => ({ name, written: mapping(written) }));
}

function list(value: unknown): { index: number; written: object }[] {
  return Array.isArray(value) ? value.map((written, index) => ({ index, written: mapping(written) })) : [];
}

// Three times 33.3% is meant as the whole.
export const SHARES_TOLERANCE = 0.0011;
