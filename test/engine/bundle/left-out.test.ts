import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JourneySpec } from '../../../k6/journey-spec.ts';
import { bundleLoadScript } from '../../../scripts/engine/bundle/bundle.ts';
import { folderForEachTest } from '../../support/folder-for-each-test.ts';
import { journey, LOAD_SPEC, step, turn } from '../../support/journeys.ts';

const folder = folderForEachTest();

async function bundled(name: string, one: JourneySpec): Promise<string> {
  const outFile = join(folder.path, `${name}.js`);
  await bundleLoadScript({
    spec: {
      ...LOAD_SPEC,
      journeys: [one],
      partnerUrls: { telegram: 'http://127.0.0.1:2' },
    },
    people: [{ firstName: 'Ann', lastName: 'Lee', street: 'High Street 1', city: 'Bath' }],
    outFile,
  });
  return readFile(outFile, 'utf8');
}

test('a script without a bot is bundled without what a chat needs: each VU would hold it', async () => {
  const chat: JourneySpec = {
    ...journey([turn({ name: '/start', act: { do: 'send', text: '/start' } })]),
    kind: 'telegram-bot',
    chat: { partner: 'telegram', webhook: null },
  };
  const [shop, bot] = [await bundled('shop', journey([step()])), await bundled('bot', chat)];
  const ofChats = /function\*? ?telegramStep\(/;
  expect(bot).toMatch(ofChats);
  expect(shop).not.toMatch(ofChats);
});
