import { expect, it } from 'vitest';
import { readClock } from '../../../scripts/engine/machine/clock.ts';
import { thisMachine } from '../../../scripts/engine/machine/machine.ts';

it.each([
  ['linux', 'yes\n', true],
  ['linux', 'no\n', false],
  ['linux', '', null],
  // No systemd: timedatectl fails or is not there.
  ['linux', null, null],
  ['darwin', 'yes\n', null],
])('on %s, timedatectl saying %j means synchronised: %s', async (platform, answer, isSynchronised) => {
  const sources = { ...thisMachine({}), platform, run: async () => answer };
  expect(await readClock(sources, 1)).toMatchObject({ isSynchronised });
});

it('compares the clocks over the time it was given', async () => {
  const { overMs, driftMs } = await readClock({ ...thisMachine({}), run: async () => null }, 20);
  expect(overMs).toBeGreaterThanOrEqual(19);
  expect(Number.isInteger(driftMs)).toBe(true);
});
