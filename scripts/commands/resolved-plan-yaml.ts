import { stringify } from 'yaml';
import { durationText } from '../core/text/duration-text.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';

/** Keys that the type names; those that a user makes up (items in `stock`) are left out. */
type NamedKey<Value> = keyof { [Key in keyof Value as string extends Key ? never : Key]: Key } & keyof Value;

/** Keys at any depth. */
type KeyWithin<Value> = Value extends readonly (infer Entry)[]
  ? KeyWithin<Entry>
  : Value extends object
    ? { [Key in NamedKey<Value>]-?: Key | KeyWithin<Value[Key]> }[NamedKey<Value>]
    : never;

type MockKey = KeyWithin<LaunchPlan['partners'] | LaunchPlan['faults']>;

/** Keys of partners and faults that are as the user wrote them: their names say no unit. */
const DURATIONS: ReadonlySet<string> = new Set<MockKey>(['timeout']);
const RATES: ReadonlySet<string> = new Set<MockKey>(['capacity', 'limit', 'chatLimit']);

/** The resolved plan as YAML for people: values with their units, as one would write them in launch.yaml. */
export function resolvedPlanYaml(plan: LaunchPlan): string {
  const faults = plan.faults.map(named);
  const partners = plan.partners.map(named);
  return stringify(withUnits({ ...plan, partners, faults }), {
    lineWidth: 110,
    collectionStyle: 'any',
  }).trimEnd();
}

/** The same with units in the names. */
function named(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (typeof inner !== 'number') return [key, named(inner)];
      if (DURATIONS.has(key)) return [`${key}Ms`, inner];
      return [RATES.has(key) ? `${key}PerSec` : key, inner];
    }),
  );
}

/** Identifiers say their unit (`…Ms`, `…Ratio`, `…PerSec`): the unit moves from the name to the value. */
function withUnits(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withUnits);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => withUnit(name, inner)));
}

function withUnit(name: string, value: unknown): [string, unknown] {
  const unit = /^(.+)(Ms|Ratio|PerSec)$/.exec(name);
  if (name === 'ms' && typeof value === 'number') return ['time', durationText(value)];
  if (!unit?.[1] || (typeof value !== 'number' && value !== null)) return [name, withUnits(value)];
  if (value === null) return [unit[1], null];
  if (unit[2] === 'Ms') return [unit[1], durationText(value)];
  return [unit[1], unit[2] === 'Ratio' ? `${Number((value * 100).toPrecision(6))}%` : `${value}/s`];
}
