import { formatDurationMs, parseDurationMs } from '../../core/quantities.ts';
import { measuredMsOf } from '../../core/step-length.ts';
import { kindsBefallenBy, partnerSchema, placesOf } from '../schema/partners-schema.ts';
import { nearestHint } from '../source/nearest.ts';
import type { Finding, PlanPath } from '../source/problems.ts';
import { field, mapping, type PlanParts } from './parts.ts';
import { stepLength } from './timing.ts';

type Partner = PlanParts['partners'][number];

/** What is wrong between faults and what they befall, and between their times. */
export function faultFindings(parts: PlanParts): Finding[] {
  return parts.faults.flatMap(({ index, written }) => {
    const path: PlanPath = ['faults', index];
    const target = field(written, 'partner');
    const partner = parts.partners.find(({ name }) => name === target);
    return [
      ...windowFindings(parts, written, path),
      ...promiseFindings(written, path),
      ...(partner
        ? befallenFindings(partner, written, path)
        : unknownPartner(parts, target, [...path, 'partner'])),
    ];
  });
}

function unknownPartner(parts: PlanParts, target: unknown, path: PlanPath): Finding[] {
  if (typeof target !== 'string') return [];
  const names = parts.partners.map(({ name }) => name);
  const allowed = names.length === 0 ? 'a partner of the plan (it has none)' : names.join(', ');
  const message = 'the plan has no such partner';
  return [{ code: 'unknown-partner', path, message, allowed, ...nearestHint(target, names) }];
}

function befallenFindings(partner: Partner, fault: object, path: PlanPath): Finding[] {
  const faultKind = field(fault, 'kind');
  const kind = String(field(partner.written, 'kind'));
  const befallen = kindsBefallenBy(faultKind);
  if (befallen && !befallen.includes(kind)) {
    const message = `${partner.name} is a ${kind}, which ${String(faultKind)} cannot befall`;
    const allowed = `a partner of kind ${befallen.join(' or ')}`;
    return [{ code: 'fault-not-for-kind', path: [...path, 'partner'], message, allowed }];
  }
  return [...itemFindings(partner, fault, path), ...placeFindings(partner, fault, path)];
}

function itemFindings(partner: Partner, fault: object, path: PlanPath): Finding[] {
  const item = field(fault, 'item');
  const stock = Object.keys(mapping(field(partner.written, 'stock')));
  const menu = field(partner.written, 'menu');
  const items = stock.length > 0 ? stock : Array.isArray(menu) ? menu.map(String) : [];
  if (typeof item !== 'string' || items.length === 0 || items.includes(item)) return [];
  const message = `${partner.name} does not have it`;
  const allowed = items.join(', ');
  return [{ code: 'unknown-item', path: [...path, 'item'], message, allowed, ...nearestHint(item, items) }];
}

/** A route or a shop that the partner does not have: the fault would never meet a request. */
function placeFindings(partner: Partner, fault: object, path: PlanPath): Finding[] {
  const read = partnerSchema.safeParse(partner.written);
  if (!read.success) return [];
  const places = placesOf({ name: partner.name, ...read.data });
  const findings: Finding[] = [];
  const route = field(fault, 'route');
  if (typeof route === 'string' && !places.hasRoute(route)) {
    findings.push({
      code: 'unknown-route',
      path: [...path, 'route'],
      message: `${partner.name} has no such route`,
      allowed: places.routes.join(', '),
      ...nearestHint(route, [...places.routes, ...places.routes.map((label) => label.replace(/^\S+ /, ''))]),
    });
  }
  const shop = field(fault, 'shop');
  if (typeof shop === 'string' && !places.shops.includes(shop)) {
    findings.push({
      code: 'unknown-shop',
      path: [...path, 'shop'],
      message: `${partner.name} has no such shop`,
      allowed: places.shops.length === 0 ? 'no shop: only a cafe has them' : shownNames(places.shops),
      ...nearestHint(shop, places.shops),
    });
  }
  return findings;
}

const SHOWN_NAMES = 10;

const shownNames = (names: readonly string[]): string =>
  names.length <= SHOWN_NAMES ? names.join(', ') : `${names.slice(0, SHOWN_NAMES).join(', ')} …`;

/** `enforce` holds the target to a promise; there must be one. */
function promiseFindings(fault: object, path: PlanPath): Finding[] {
  if (field(fault, 'enforce') !== true) return [];
  if ((field(fault, 'expect') ?? field(fault, 'recoverWithin') ?? null) !== null) return [];
  return [
    {
      code: 'nothing-promised',
      path: [...path, 'enforce'],
      message: 'nothing is promised that could be enforced',
      allowed: 'with `expect` or `recoverWithin`',
    },
  ];
}

function windowFindings(parts: PlanParts, fault: object, path: PlanPath): Finding[] {
  const step = stepLength(parts);
  const atMs = parseDurationMs(field(fault, 'at'));
  if (!step || atMs === null) return [];
  const endMs = measuredMsOf(step);
  const allowed = `within replayed part and settle, ${formatDurationMs(endMs)}`;
  const outside = (key: string, message: string): Finding => ({
    code: 'fault-outside-step',
    path: [...path, key],
    message,
    allowed,
  });
  if (atMs >= endMs) return [outside('at', 'the fault would begin after the step')];
  const forMs = parseDurationMs(field(fault, 'for'));
  if (forMs === null) return [];
  const repeat = mapping(field(fault, 'repeat'));
  const everyMs = parseDurationMs(field(repeat, 'every'));
  const repeatForMs = parseDurationMs(field(repeat, 'for'));
  if (everyMs === null || everyMs === 0 || repeatForMs === null) {
    return atMs + forMs <= endMs
      ? []
      : [outside('for', `the fault would end at ${formatDurationMs(atMs + forMs)}, after the step`)];
  }
  if (everyMs < forMs) {
    const every = { code: 'repeat-too-often', path: [...path, 'repeat', 'every'] };
    const message = 'the fault would come again before it has ended';
    return [{ ...every, message, allowed: `at least \`for\`, ${formatDurationMs(forMs)}` }];
  }
  const lastMs = atMs + (Math.ceil(repeatForMs / everyMs) - 1) * everyMs + forMs;
  return lastMs <= endMs
    ? []
    : [outside('repeat', `it would end for the last time at ${formatDurationMs(lastMs)}, after the step`)];
}
