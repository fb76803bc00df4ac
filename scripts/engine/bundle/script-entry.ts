import type { JourneyScript } from './script-file.ts';

// The entry of a bundle with own code, as source text; its imports are seen from the package's folder.

/** What k6 runs the bundle for, and what a script without the kit must know of it. */
export type ScriptRole =
  | { as: 'load'; allowHosts: readonly string[]; tags: Readonly<Record<string, string>> }
  | { as: 'canaries'; allowHosts: readonly string[]; everyMs: number };

export function scriptEntry(
  scripts: readonly JourneyScript[],
  role: ScriptRole,
  journeys: readonly { name: string }[],
): string {
  const kits = scripts.filter(({ kind }) => kind === 'kit');
  const plain = scripts.filter(({ kind }) => kind === 'k6');
  const [script] = plain;
  if (role.as === 'canaries') return [...k6Script(plain, role), ...canaryExports(script)].join('\n');
  if (script !== undefined && journeys.length === plain.length) {
    // Each VU would hold what it never walks, twice what the script itself takes.
    return [
      `import { tellLoadStart as begin } from './k6/script/load.ts';`,
      'const perform = () => {}, flowOf = null;',
      ...k6Script(plain, role),
      ...loadExports(script),
    ].join('\n');
  }
  const walked = [
    `import { perform, setup as begin } from './k6/main.ts';`,
    `import { flowsOf } from './k6/journeys/own/code.ts';`,
    ...programs(kits),
    'const flowOf = flowsOf(programs);',
  ];
  if (script === undefined) {
    return [...walked, 'export const setup = begin;', 'export const order = () => perform(flowOf);'].join(
      '\n',
    );
  }
  return [...walked, ...k6Script(plain, role), ...loadExports(script)].join('\n');
}

/** `programs`: the orders by journey. */
export function programs(kits: readonly JourneyScript[]): string[] {
  const entries = kits.map(({ journey }, index) => `${text(journey)}: own${index}`);
  return [
    ...kits.map(({ file }, index) => `import own${index} from ${text(file)};`),
    `export const programs = { ${entries.join(', ')} };`,
  ];
}

/** `script`: its exports; `orders`: the one that is the order, by journey. */
function k6Script(plain: readonly JourneyScript[], { allowHosts }: ScriptRole): string[] {
  const [file = ''] = plain.map((one) => one.file);
  const orders = plain.map(({ journey, exec }) => `${text(journey)}: ${orderOf(exec)}`);
  return [
    `import { scenario } from './k6/scenario.ts';`,
    `import * as script from ${text(file)};`,
    `import { guardBy } from './k6/script/request.ts';`,
    `import { canaryOptions, guardOf, loadOptions } from './k6/script/options.ts';`,
    `const orders = { ${orders.join(', ')} };`,
    `guardBy(guardOf(script.options, ${text(allowHosts)}));`,
  ];
}

/** A CommonJS script that does not call itself a module has its default export one level deeper. */
const orderOf = (exec: string): string =>
  exec === 'default' ? 'script.default?.default ?? script.default' : `script[${text(exec)}]`;

function loadExports({ exports }: JourneyScript): string[] {
  return [
    `import { scriptOrder, tellThresholds } from './k6/script/load.ts';`,
    // k6 reads them once, and each VU would pay for them.
    'export const options = __VU === 0 ? loadOptions(script.options, PEAKPROOF_TAGS) : {};',
    // The schedule begins when the script's own setup is over.
    ...(exports.includes('setup')
      ? ['export const setup = async () => { const data = await script.setup(); begin(); return data; };']
      : ['export const setup = begin;']),
    'export const order = (data) => {',
    '  const own = orders[scenario().name];',
    '  return own === undefined ? perform(flowOf) : scriptOrder(own, data);',
    '};',
    ...teardown(exports),
    'export const handleSummary = (summary) => {',
    '  tellThresholds(summary);',
    `  return ${exports.includes('handleSummary') ? 'script.handleSummary(summary)' : '{}'};`,
    '};',
  ];
}

function canaryExports(script: JourneyScript | undefined): string[] {
  const exports = script?.exports ?? [];
  return [
    `import { canaryOrder } from './k6/script/canary.ts';`,
    'export const options = canaryOptions(script.options);',
    ...(exports.includes('setup') ? ['export const setup = () => script.setup();'] : []),
    'export const order = (data) => canaryOrder(orders[scenario().name], data);',
    ...teardown(exports),
  ];
}

function teardown(exports: readonly string[]): string[] {
  return exports.includes('teardown') ? ['export const teardown = (data) => script.teardown(data);'] : [];
}

const text = (value: unknown): string => JSON.stringify(value);
