import { z } from 'zod';
import {
  FAULT_KINDS,
  isRouteMeant,
  PARTNER_KINDS,
  type PartnerSpec,
  routesOf,
  shopsOf,
} from '../../../mock-services/registry.ts';

// Partners and faults as their registry has them: a new kind is known here without a change.

function oneOfKinds<Schema extends z.core.$ZodTypeDiscriminable>(schemas: readonly Schema[]) {
  const [first, ...rest] = schemas;
  if (!first) throw new TypeError('mock-services/registry.ts is empty');
  return z.discriminatedUnion('kind', [first, ...rest]);
}

export const partnerSchema = oneOfKinds(Object.values(PARTNER_KINDS).map((kind) => kind.schema)).describe(
  'A partner of the target that peakproof plays.',
);

export const faultSchema = oneOfKinds(Object.values(FAULT_KINDS).map((kind) => kind.schema)).describe(
  'Something that happens to a partner; `at` counts from the start of the replayed part of each step.',
);

/** Keys that a kind of partner or fault has; null for a kind that is not in the registry. */
export function keysOfKind(registry: 'partners' | 'faults', kind: unknown): readonly string[] | null {
  const kinds = registry === 'partners' ? PARTNER_KINDS : FAULT_KINDS;
  for (const [name, { schema }] of Object.entries(kinds)) {
    if (name !== kind) continue;
    const mapping: unknown = schema instanceof z.ZodPipe ? schema.in : schema;
    return mapping instanceof z.ZodObject ? Object.keys(mapping.shape) : null;
  }
  return null;
}

/** Kinds of partner that a kind of fault can befall; null when the registry does not say. */
export function kindsBefallenBy(faultKind: unknown): readonly string[] | null {
  const entry = Object.entries(FAULT_KINDS).find(([name]) => name === faultKind)?.[1];
  const kinds: unknown = entry && 'partnerKinds' in entry ? entry.partnerKinds : null;
  return Array.isArray(kinds) ? kinds.map(String) : null;
}

/** Where at a partner a fault can strike. */
export function placesOf(partner: PartnerSpec) {
  const routes = routesOf(partner);
  return {
    routes,
    hasRoute: (wanted: string): boolean => routes.some((label) => isRouteMeant(label, wanted)),
    shops: shopsOf(partner),
  };
}
