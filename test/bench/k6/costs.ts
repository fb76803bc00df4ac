import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JourneySpec } from '../../../k6/journey-spec.ts';
import { bundleLoadScript, bundleStandaloneScript } from '../../../scripts/engine/bundle/bundle.ts';
import { inventPeople } from '../../../scripts/engine/bundle/people.ts';
import { readScripts } from '../../../scripts/engine/bundle/script-file.ts';
import { ownJourney } from '../../support/journeys.ts';
import { type BenchJourney, BOT, CHAT, CHECKOUT, handWritten, loadSpec, OWN_CODE } from './bench-journeys.ts';
import { type CountedCost, countedCost } from './counted-cost.ts';
import type { Bench } from './k6-cost.ts';

// Each way to make load beside a script by hand with the same requests, by what k6 itself counts.

export interface CostPair {
  name: string;
  ours: CountedCost;
  theirs: CountedCost;
}

interface Subject {
  name: string;
  journey: BenchJourney;
  /** Path below the target's address. */
  path?: string;
  write(bench: Bench, baseUrl: string, outFile: string): Promise<void>;
}

const PEOPLE = inventPeople(1_000, 7);

const walked =
  (journey: BenchJourney): Subject['write'] =>
  (_bench, baseUrl, outFile) =>
    bundleLoadScript({ spec: loadSpec(baseUrl, journey.spec), people: PEOPLE, outFile });

/** Load of a script of one's own. */
async function bundleOwn(baseUrl: string, outFile: string, spec: JourneySpec): Promise<void> {
  await bundleLoadScript({
    spec: loadSpec(baseUrl, spec),
    people: PEOPLE,
    outFile,
    own: { scripts: await readScripts([spec]), role: { as: 'load', allowHosts: [], tags: {} } },
  });
}

export const SUBJECTS: readonly Subject[] = [
  { name: 'steps', journey: CHECKOUT, write: walked(CHECKOUT) },
  { name: 'steps, answers of 0.8 kB', journey: CHECKOUT, path: '/long/800', write: walked(CHECKOUT) },
  { name: 'steps, answers of 8 kB', journey: CHECKOUT, path: '/long/8000', write: walked(CHECKOUT) },
  { name: 'chat-bot', journey: CHAT, write: walked(CHAT) },
  { name: 'telegram-bot', journey: BOT, write: walked(BOT) },
  {
    name: 'own code with the kit',
    journey: CHECKOUT,
    write: async (_bench, baseUrl, outFile) => {
      const file = `${outFile}.own.ts`;
      await writeFile(file, OWN_CODE);
      await bundleOwn(baseUrl, outFile, {
        ...ownJourney(3),
        script: { file, requestsPerOrder: 3, exec: 'default' },
      });
    },
  },
  {
    name: 'a k6 script of the user’s',
    journey: CHECKOUT,
    write: async (_bench, baseUrl, outFile) => {
      const file = `${outFile}.own.js`;
      await writeFile(file, handWritten(baseUrl, CHECKOUT));
      await bundleOwn(baseUrl, outFile, {
        ...ownJourney(3),
        script: { file, requestsPerOrder: 3, exec: 'order' },
      });
    },
  },
  {
    name: 'output of bundle',
    journey: CHECKOUT,
    write: (_bench, baseUrl, outFile) =>
      bundleStandaloneScript({
        standalone: {
          spec: loadSpec(baseUrl, CHECKOUT.spec),
          secrets: [],
          allowHosts: [],
          partnerVariables: {},
        },
        people: PEOPLE,
        options: {},
        header: '',
        outFile,
      }),
  },
];

export async function costPair(bench: Bench, subject: Subject): Promise<CostPair> {
  const { name, journey, path = '', write } = subject;
  const baseUrl = bench.target.baseUrl + path;
  const id = name.replaceAll(/\W+/g, '-');
  const [ours, theirs] = ['ours', 'theirs'].map((side) => join(bench.folder, `${id}-${side}.js`)) as [
    string,
    string,
  ];
  await write(bench, baseUrl, ours);
  await writeFile(theirs, handWritten(baseUrl, journey));
  return {
    name,
    ours: await countedCost(bench, `${id}-ours`, ours),
    theirs: await countedCost(bench, `${id}-theirs`, theirs),
  };
}
