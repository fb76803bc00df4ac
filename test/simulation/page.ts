import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BUDGET_MS, type Cell } from './alarms.ts';
import type { Powered } from './power.ts';
import { MEASURED_SEC } from './simulated-step.ts';

const PAGE = fileURLToPath(new URL('../../docs/accuracy.md', import.meta.url));
/** All from this heading on is written by the simulation, all before it by the real runs. */
const HEADING = '## Simulated steps';

export function readPage(): { real: string; simulated: string } {
  const page = readFileSync(PAGE, 'utf8');
  const at = page.indexOf(HEADING);
  return at === -1 ? { real: page, simulated: '' } : { real: page.slice(0, at), simulated: page.slice(at) };
}

export const writePage = ({ real, simulated }: { real: string; simulated: string }): void =>
  writeFileSync(PAGE, simulated === '' ? real : `${real.trimEnd()}\n\n${simulated}`);

const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;

export function simulatedSection(cells: readonly Cell[], powered: readonly Powered[], seed: number): string {
  const total = cells.reduce((sum, { steps }) => sum + steps, 0);
  const failed = cells.reduce((sum, { status }) => sum + (status.get('FAIL') ?? 0), 0);
  return `${HEADING}

\`npm run simulate\` writes this part, in about ten minutes: steps of ${MEASURED_SEC / 60} min are drawn second by second (Poisson arrivals, each
turn good or bad by chance) and judged by the analysis itself, with no load and no clock. The n-th step of a row is drawn from
the seed ${seed} + 100,000 × row + n. Each may be down for ${BUDGET_MS / 1_000} s. With more than one turn shoppers think for 2 s between them. Canaries fail as
turns do. In bursts one worker of eight fails; one burst comes in each 7.5 s. Pauses come once in 10 s, and all who come in one wait
for 300 ms more. "p99 2 s": lognormal, median 0.5 s, late after 3 s.

### Healthy shops: what the rules say

${total.toLocaleString('en-US')} steps, **${failed} FAIL**. Where several turns fail alone, the share of orders that do is larger: 12 turns of 2 % lose 21.5 % of
them, 12 of 0.5 % lose 5.8 %. That is more than \`downAbove\` allows (5 %), and \`orders-not-served\` is right to keep such steps from a PASS.

| shop | orders/s | turns | steps | PASS | INCONCLUSIVE | FAIL | INVALID | charged, mean | reasons |
|---|---|---|---|---|---|---|---|---|---|
${cells.map(cellRow).join('\n')}

### Sick shops: what the rules find

| what is wrong | wanted | in at least | steps | so | charged: least, median, most |
|---|---|---|---|---|---|
${powered.map(powerRow).join('\n')}
`;
}

function cellRow({ condition, ratePerSec, turns, steps, status, codes, chargedMs }: Cell): string {
  const of = (word: 'PASS' | 'INCONCLUSIVE' | 'FAIL' | 'INVALID'): number => status.get(word) ?? 0;
  const reasons = [...codes].sort((a, b) => b[1] - a[1]).map(([code, count]) => `\`${code}\` ${count}`);
  const figures = [of('PASS'), of('INCONCLUSIVE'), of('FAIL'), of('INVALID')];
  const charged = `${(chargedMs / steps / 1_000).toFixed(2)} s`;
  return `| ${[condition.name, ratePerSec, turns, steps, ...figures, charged, reasons.join(', ') || '–'].join(' | ')} |`;
}

function powerRow({ name, wanted, atLeast, steps, held, chargedSec }: Powered): string {
  const charged = chargedSec.map((sec) => `${sec}`).join(', ');
  return `| ${[name, wanted, percent(atLeast), steps, percent(held / steps), `${charged} s`].join(' | ')} |`;
}
