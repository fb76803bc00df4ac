import { parseNumber } from '../../core/quantities.ts';
import { keysOfKind } from '../schema/partners-schema.ts';
import { unknownKey } from '../schema/schema-findings.ts';
import { nearestHint } from '../source/nearest.ts';
import type { Finding, PlanPath } from '../source/problems.ts';
import { sharesSum } from './journeys.ts';
import { field, mapping, ofKind, type PlanParts } from './parts.ts';

/** What is wrong between partners. */
export function partnerFindings(parts: PlanParts): Finding[] {
  return [
    ...unknownKeys(parts),
    ...portFindings(parts),
    ...nameFindings(parts),
    ...cafeShareFindings(parts),
    ...menuFindings(parts),
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
  const cafes = ofKind(partners, 'cafe');
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
