import { parseRatio } from '../../core/quantities.ts';
import { sumBy } from '../../core/statistics.ts';
import type { Finding, PlanPath } from '../source/problems.ts';
import { chatFindings, telegramFindings } from './chats.ts';
import { field, type PlanParts, SHARES_TOLERANCE } from './parts.ts';
import { dataFindings, stepsFindings, variablesAtStart } from './steps.ts';
import { percent } from './timing.ts';

/** What is wrong between the keys of journeys and between journeys. */
export function journeyFindings(parts: PlanParts): Finding[] {
  return [
    ...shareFindings(parts),
    ...unreachedFindings(parts),
    ...parts.journeys.flatMap(({ name, read }) => {
      if (!read) return [];
      const path = ['journeys', name];
      if (read.kind === 'script') return dataFindings(read.data, path);
      if (read.kind === 'telegram-bot') return telegramFindings(read, path, parts);
      const known = variablesAtStart(read.data, parts);
      if (read.kind === 'chat-bot') return chatFindings(read, path, known);
      return isGoneOnIn(parts, name) ? [] : stepsFindings(read.steps, read.data, path, known);
    }),
  ];
}

/** Whether orders of another journey go on in this one: it is looked at together with them, as it knows their captures. */
function isGoneOnIn({ journeys }: PlanParts, name: string): boolean {
  return journeys.some(({ read }) => read?.kind === 'telegram-bot' && read.then === name);
}

function unreachedFindings(parts: PlanParts): Finding[] {
  return parts.journeys
    .filter(({ name, written }) => parseRatio(field(written, 'share')) === 0 && !isGoneOnIn(parts, name))
    .map(({ name }) => ({
      code: 'journey-unused',
      path: ['journeys', name, 'share'],
      message: 'nobody would take this journey: its share is 0 and no other goes on in it',
      allowed: `a share above 0, or then: ${name} in a telegram-bot journey`,
    }));
}

function shareFindings({ journeys }: PlanParts): Finding[] {
  const shares = journeys
    .map(({ name, written }) => ({ name, share: field(written, 'share') }))
    .filter(({ share }) => parseRatio(share) !== 0);
  if (shares.length === 1 && shares[0]?.share === undefined) return [];
  const absent = shares.filter(({ share }) => share === undefined);
  if (absent.length > 0) {
    return absent.map(({ name }) => ({
      code: 'missing-key',
      path: ['journeys', name, 'share'],
      message: 'is missing, as there are several journeys',
      allowed: 'a share of the orders; all of them make 100%',
    }));
  }
  return sharesSum(
    shares.map(({ share }) => share),
    ['journeys'],
    'journeys',
  );
}

/** Shares that can be read must make 100%. */
export function sharesSum(shares: readonly unknown[], path: PlanPath, whose: string): Finding[] {
  const ratios = shares.map(parseRatio);
  const total = sumBy(ratios, (share) => share ?? Number.NaN);
  if (ratios.length === 0 || Number.isNaN(total) || Math.abs(total - 1) <= SHARES_TOLERANCE) return [];
  return [
    {
      code: 'shares-sum',
      path,
      at: 'key',
      message: `the shares of the ${whose} sum to ${percent(total)}`,
      allowed: '100% in all',
    },
  ];
}
