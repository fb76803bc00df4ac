import { formatDurationMs, parseDurationMs, parseNumber } from '../core/quantities.ts';
import { sharesSum } from './check-journeys.ts';
import { stepLength } from './check-timing.ts';
import { nearestHint } from './nearest.ts';
import { keysOfKind, kindsBefallenBy } from './partners-schema.ts';
import { field, mapping, type PlanParts } from './parts.ts';
import type { Finding, PlanPath } from './problems.ts';
import { unknownKey } from './schema-findings.ts';

/** What is wrong between partners, and between faults and what they befall. */
export function partnerFindings(parts: PlanParts): Finding[] {
  return [
    ...unknownKeys(parts),
    ...portFindings(parts),
    ...nameFindings(parts),
    ...cafeShareFindings(parts),
    ...menuFindings(parts),
    ...parts.faults.flatMap(({ index, written }) => faultFindings(parts, written, ['faults', index])),
  ];
}

/** Keys that a kind does not have: its own schema may drop them, a plan may not. */
function unknownKeys({ partners, faults }: PlanParts): Finding[] {
  const of = (registry: 'partners' | 'faults', path: PlanPath, written: object): Finding[] => {
    const known = keysOfKind(registry, field(written, 'kind'));
    if (!known) return [];
    const strange = Object.keys(written).filter((key) => !known.includes(key));
    return strange.map((key) => unknownKey([...path, key], known));
  };
  return [
    ...partners.flatMap(({ name, written }) => of('partners', ['partners', name], written)),
    ...faults.flatMap(({ index, written }) => of('faults', ['faults', index], written)),
  ];
}

function portFindings({ partners }: PlanParts): Finding[] {
  const takenBy = new Map<number, string>();
  return partners.flatMap(({ name, written }): Finding[] => {
    const port = parseNumber(field(written, 'port'));
    if (port === null || port === 0) return [];
    const owner = takenBy.get(port);
    takenBy.set(port, owner ?? name);
    if (owner === undefined) return [];
    const path = ['partners', name, 'port'];
    return [
      {
        code: 'port-twice',
        path,
        message: `${owner} has this port already`,
        allowed: 'a port of its own, or 0 for any free one',
      },
    ];
  });
}

/** Each partner's address reaches the target in a variable made from its name. */
function nameFindings({ partners }: PlanParts): Finding[] {
  const owners = new Map<string, string>();
  return partners.flatMap(({ name }): Finding[] => {
    const variable = `PEAKPROOF_${name.toUpperCase().replaceAll('-', '_')}_URL`;
    const owner = owners.get(variable);
    owners.set(variable, owner ?? name);
    if (owner === undefined) return [];
    const message = `its variable ${variable} is that of ${owner} too`;
    return [
      {
        code: 'names-too-alike',
        path: ['partners', name],
        at: 'key',
        message,
        allowed: 'a name that differs by a letter or digit',
      },
    ];
  });
}

function cafeShareFindings({ partners }: PlanParts): Finding[] {
  const cafes = partners.filter(({ written }) => field(written, 'kind') === 'cafe');
  const given = cafes.filter(({ written }) => field(written, 'share') !== undefined);
  if (given.length === 0) return [];
  if (given.length === cafes.length) {
    return sharesSum(
      cafes.map(({ written }) => field(written, 'share')),
      ['partners'],
      'cafés',
    );
  }
  return cafes
    .filter((cafe) => !given.includes(cafe))
    .map(({ name }) => ({
      code: 'missing-key',
      path: ['partners', name, 'share'],
      message: 'is missing, as other cafés have one',
      allowed: 'a share for all cafés, 100% in all, or for none: then they are equal',
    }));
}

function menuFindings({ partners }: PlanParts): Finding[] {
  return partners.flatMap(({ name, written }) => {
    const menu = field(written, 'menu');
    const stock = field(written, 'stock');
    if (!Array.isArray(menu) || stock === undefined) return [];
    const items = Object.keys(mapping(stock));
    return menu.flatMap((item: unknown, index): Finding[] => {
      if (typeof item !== 'string' || items.includes(item)) return [];
      const path = ['partners', name, 'menu', index];
      return [
        {
          code: 'unknown-item',
          path,
          message: 'is on the menu but not in stock',
          allowed: items.join(', '),
          ...nearestHint(item, items),
        },
      ];
    });
  });
}

function faultFindings(parts: PlanParts, fault: object, path: PlanPath): Finding[] {
  const findings = windowFindings(parts, fault, path);
  const target = field(fault, 'partner');
  const partner = parts.partners.find(({ name }) => name === target);
  if (typeof target === 'string' && !partner) {
    const names = parts.partners.map(({ name }) => name);
    findings.push({
      code: 'unknown-partner',
      path: [...path, 'partner'],
      message: 'the plan has no such partner',
      allowed: names.length === 0 ? 'a partner of the plan (it has none)' : names.join(', '),
      ...nearestHint(target, names),
    });
  }
  return partner ? [...findings, ...befallenFindings(partner, fault, path)] : findings;
}

function befallenFindings(
  partner: { name: string; written: object },
  fault: object,
  path: PlanPath,
): Finding[] {
  const faultKind = field(fault, 'kind');
  const kind = String(field(partner.written, 'kind'));
  const befallen = kindsBefallenBy(faultKind);
  if (befallen && !befallen.includes(kind)) {
    const message = `${partner.name} is a ${kind}, which ${String(faultKind)} cannot befall`;
    const allowed = `a partner of kind ${befallen.join(' or ')}`;
    return [{ code: 'fault-not-for-kind', path: [...path, 'partner'], message, allowed }];
  }
  const item = field(fault, 'item');
  const stock = Object.keys(mapping(field(partner.written, 'stock')));
  const menu = field(partner.written, 'menu');
  const items = stock.length > 0 ? stock : Array.isArray(menu) ? menu.map(String) : [];
  if (typeof item !== 'string' || items.length === 0 || items.includes(item)) return [];
  const message = `${partner.name} does not have it`;
  return [
    {
      code: 'unknown-item',
      path: [...path, 'item'],
      message,
      allowed: items.join(', '),
      ...nearestHint(item, items),
    },
  ];
}

function windowFindings(parts: PlanParts, fault: object, path: PlanPath): Finding[] {
  const step = stepLength(parts);
  const atMs = parseDurationMs(field(fault, 'at'));
  if (!step || atMs === null) return [];
  const endMs = step.replayedMs + step.settleMs;
  const allowed = `within replayed part and settle, ${formatDurationMs(endMs)}`;
  if (atMs >= endMs) {
    return [
      {
        code: 'fault-outside-step',
        path: [...path, 'at'],
        message: 'the fault would begin after the step',
        allowed,
      },
    ];
  }
  const forMs = parseDurationMs(field(fault, 'for'));
  if (forMs === null || atMs + forMs <= endMs) return [];
  const message = `the fault would end at ${formatDurationMs(atMs + forMs)}, after the step`;
  return [{ code: 'fault-outside-step', path: [...path, 'for'], message, allowed }];
}
