import { describe, expect, test } from 'vitest';
import { untilJudged } from '../support/rehearsals/until-judged.ts';
import { loadedStep } from '../support/stories/loaded-step.ts';
import { verifying } from '../support/verifying.ts';
import { chargedMs, rehearse, wordsOf } from './attacked-run.ts';
import { ATTACKS, type Attack } from './attacks.ts';

// The target is healthy and the instrument is attacked: no run may PASS, none may blame the target.

const chosen = ATTACKS.filter((attack) => verifying || attack.always);

async function carryOut({ setting, prepare }: Attack) {
  const prepared = await prepare?.();
  try {
    return await rehearse({ ...setting, ...prepared?.setting });
  } finally {
    prepared?.stop();
  }
}

describe('neither a PASS nor the target’s fault', () => {
  for (const attack of chosen) {
    test(attack.name, async () => {
      const outcome = await carryOut(attack);
      const { report, exitCode, codes, printed } = outcome;
      const words = wordsOf(outcome);
      console.log(`${report.verdict.status}: ${codes.join(', ')} (${words.join(', ')})`);
      expect(report.verdict.status, printed).toBe(attack.status);
      expect(exitCode).toBe(3);
      expect(codes, printed).toContain(attack.code);
      if (attack.words)
        expect(
          attack.words.filter((word) => words.includes(word)),
          printed,
        ).not.toEqual([]);
      expect(chargedMs(outcome) ?? 0, printed).toBe(0);
      expect(report.steps[0]?.incidents).toEqual([]);
    });
  }
});

if (verifying) {
  test('the same plan passes when nobody interferes', async () => {
    const { report, exitCode, printed } = await untilJudged(() => rehearse({ lengthSec: 61 }));
    expect(report.verdict, printed).toMatchObject({ status: 'PASS', exitCode: 0, reasons: [] });
    expect(exitCode).toBe(0);
    expect(loadedStep(report.steps[0]).orders.good).toBe(loadedStep(report.steps[0]).generator.planned);
  });
}
