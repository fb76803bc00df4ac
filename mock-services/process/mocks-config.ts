import { z } from 'zod';
import type { MockEvent, MocksConfig } from '../contract.ts';
import { FAULT_KINDS, type FaultSpec, PARTNER_KINDS, type PartnerSpec } from '../registry.ts';

type FailureCode = Extract<MockEvent, { type: 'mocks-failed' }>['code'];

/** Why the mocks could not start. */
export class MocksError extends Error {
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

// The plan has checked and resolved every value; here only what would make the mocks lie or break is looked at.
const namedKind = z.looseObject({ kind: z.string() });
const shape = z.object({
  seed: z.number(),
  partners: z.array(namedKind.extend({ name: z.string().min(1) })),
  faults: z.array(
    namedKind.extend({ id: z.string().min(1), partner: z.string(), at: z.number(), for: z.number() }),
  ),
});

/** @throws MocksError `bad-config` with every problem. */
export function readMocksConfig(line: string): MocksConfig {
  const value = parse(line);
  if (!isConfig(value)) {
    throw new MocksError('bad-config', `not a mocks config: ${shapeProblem(value)}`);
  }
  const problems = [
    ...duplicates(
      'partner',
      value.partners.map((partner) => partner.name),
    ),
    ...duplicates(
      'fault',
      value.faults.map((fault) => fault.id),
    ),
    ...value.partners
      .filter((partner) => !Object.hasOwn(PARTNER_KINDS, partner.kind))
      .map((partner) => `partner ${partner.name}: no such kind: ${partner.kind}`),
    ...value.faults.flatMap((fault) => faultProblems(fault, value)),
  ];
  if (problems.length > 0) throw new MocksError('bad-config', problems.join('; '));
  return value;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new MocksError('bad-config', 'the first line on stdin is not JSON');
  }
}

function isConfig(value: unknown): value is MocksConfig {
  return shape.safeParse(value).success;
}

function shapeProblem(value: unknown): string {
  const { error } = shape.safeParse(value);
  return error ? z.prettifyError(error) : 'unknown';
}

function duplicates(what: string, names: readonly string[]): string[] {
  return names
    .filter((name, index) => names.indexOf(name) < index)
    .map((name) => `${what} ${name} is there twice`);
}

/** Why a fault can't befall any partner; empty when it can. */
export function faultProblems(fault: FaultSpec, config: Pick<MocksConfig, 'partners'>): string[] {
  if (!Object.hasOwn(FAULT_KINDS, fault.kind)) return [`fault ${fault.id}: no such kind: ${fault.kind}`];
  const partner = config.partners.find(({ name }) => name === fault.partner);
  if (!partner) return [`fault ${fault.id}: no such partner: ${fault.partner}`];
  const kinds: readonly PartnerSpec['kind'][] | null = FAULT_KINDS[fault.kind].partnerKinds;
  return kinds === null || kinds.includes(partner.kind)
    ? []
    : [`fault ${fault.id}: ${fault.kind} is not for ${partner.kind} partners, only ${kinds.join(', ')}`];
}
