import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { until } from '../support/rehearsals/cli-run.ts';
import type { RunningAttack, Setting } from './attacked-run.ts';
import { type PushFate, startPushProxy } from './push-proxy.ts';

// Attacks on the instrument as real processes. The target is healthy in all of them.

export interface Attack {
  name: string;
  /** In every `npm test`; the others only in `npm run verify`. */
  always?: true;
  setting: Setting;
  status: 'INVALID' | 'INCONCLUSIVE';
  /** Stable code that has to be among the reasons. */
  code: string;
  /** One of these words has to be on a slice. */
  words?: readonly string[];
  /** Starts what the attack needs beside the run; gives more of the setting and how to stop it. */
  prepare?: () => Promise<{ setting: Setting; stop: () => void }>;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const K6 = 'experimental-prometheus-rw';
const CONFIG = '"$3"';

const killed =
  (commandLine: string) =>
  async ({ cli, t0 }: RunningAttack): Promise<void> => {
    await until(t0 + 4_000);
    process.kill(cli.pidOf(commandLine), 'SIGKILL');
  };

/** Stops a process from 4 s into the replayed part for that long. `null`: the CLI itself. */
const paused =
  (commandLine: string | null, forMs: number) =>
  async ({ cli, t0 }: RunningAttack): Promise<void> => {
    await until(t0 + 4_000);
    const pid = commandLine === null ? cli.process.pid : cli.pidOf(commandLine);
    if (pid === undefined) throw new Error('the CLI has no pid');
    process.kill(pid, 'SIGSTOP');
    try {
      await sleep(forMs);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  };

/** k6's pushes take a way on which a third party decides what becomes of them. */
const pushesMeet = (fateOf: (number: number) => PushFate): NonNullable<Attack['prepare']> => {
  return async () => {
    const proxy = await startPushProxy(fateOf);
    const port = `$(echo "$K6_PROMETHEUS_RW_SERVER_URL" | sed 's/.*:\\([0-9]*\\)\\/.*/\\1/')`;
    const url = `http://127.0.0.1:${proxy.port}/${port}/api/v1/write`;
    return {
      setting: { beforeK6: `export K6_PROMETHEUS_RW_SERVER_URL="${url}"` },
      stop: proxy.close,
    };
  };
};

/** Two busy loops a core. They belong to k6's process group: where groups share a machine, they take k6's share. */
const HOGS = 2 * availableParallelism();
const HOG_MS = 6_000;
const hogs = `"$REAL_NODE" ${here('./hog.mjs')} hogs-go ${HOG_MS} > /dev/null 2>&1 &\n`.repeat(HOGS);
/** Before the load k6 only sets itself up, which starving would just delay. */
const letHogsGo = async ({ cli, t0 }: RunningAttack): Promise<void> => {
  await until(t0 + 2_000);
  writeFileSync(join(cli.folder, 'hogs-go'), '');
};
const rates = (factor: number): string => `"$REAL_NODE" ${here('./edit-stages.mjs')} ${CONFIG} ${factor}`;

export const ATTACKS: readonly Attack[] = [
  {
    name: 'k6 starved of CPU by hogs at a better priority',
    always: true,
    setting: {
      ratePerSec: 100,
      beforeK6: `${hogs}exec nice -n 19 "$REAL_K6" "$@"`,
      during: letHogsGo,
    },
    status: 'INVALID',
    code: 'generator-unhealthy',
    words: ['starts-differ', 'starts-trail', 'dropped', 'push-gap'],
  },
  {
    name: 'two VUs for a load that needs twelve',
    always: true,
    setting: {
      delayMs: 300,
      beforeK6: `sed 's/"\\(preAllocatedVUs\\|maxVUs\\)":[0-9]*/"\\1":2/g' ${CONFIG} > ${CONFIG}.new && mv ${CONFIG}.new ${CONFIG}`,
    },
    status: 'INVALID',
    code: 'generator-unhealthy',
    words: ['dropped'],
  },
  {
    name: 'mock partners stopped for 5 s while every order waits for them',
    always: true,
    setting: { during: paused('mocks.js', 5_000) },
    status: 'INVALID',
    code: 'generator-unhealthy',
    words: ['mocks-slow'],
  },
  {
    name: 'every third push refused',
    always: true,
    setting: {},
    prepare: pushesMeet((number) => (number % 3 === 1 ? 'refuse' : 'pass')),
    status: 'INVALID',
    code: 'generator-unhealthy',
    words: ['push-lost'],
  },
  {
    name: 'k6 killed with signal 9',
    setting: { during: killed(K6) },
    status: 'INVALID',
    code: 'k6-died',
  },
  {
    name: 'mock partners killed with signal 9',
    setting: { during: killed('mocks.js') },
    status: 'INVALID',
    code: 'mocks-died',
  },
  {
    name: 'prober killed half way',
    setting: { during: killed('prober.js') },
    status: 'INCONCLUSIVE',
    code: 'prober-dead',
  },
  {
    name: 'prober stopped from the start of the load to its end',
    setting: { during: paused('prober.js', 8_000) },
    status: 'INCONCLUSIVE',
    code: 'too-little-witnessed',
  },
  {
    name: 'k6 stopped for 5 s',
    setting: { during: paused(K6, 5_000) },
    status: 'INVALID',
    code: 'generator-unhealthy',
    words: ['starts-differ', 'starts-trail'],
  },
  {
    name: 'collector stopped for 5 s',
    setting: { during: paused(null, 5_000) },
    status: 'INVALID',
    code: 'generator-unhealthy',
    words: ['push-gap'],
  },
  {
    name: 'k6 stopped for 5 s while orders take 1.5 s',
    setting: { delayMs: 1_500, during: paused(K6, 5_000) },
    status: 'INVALID',
    code: 'generator-unhealthy',
    words: ['starts-differ', 'starts-trail'],
  },
  {
    name: 'mock partners stopped for 5 s while orders take 1.5 s',
    setting: { delayMs: 1_500, during: paused('mocks.js', 5_000) },
    status: 'INVALID',
    code: 'generator-unhealthy',
    words: ['mocks-slow'],
  },
  {
    name: 'prober stopped for 5 s while orders take 1.5 s',
    setting: { delayMs: 1_500, during: paused('prober.js', 5_000) },
    status: 'INCONCLUSIVE',
    code: 'too-little-witnessed',
  },
  {
    name: 'k6 may open only 64 files',
    setting: { beforeK6: 'ulimit -n 64' },
    status: 'INVALID',
    code: 'generator-unhealthy',
    words: ['local-errors'],
  },
  {
    name: 'k6 sends half of the load and pushes on',
    setting: { beforeK6: rates(0.5) },
    status: 'INVALID',
    code: 'generator-unhealthy',
    words: ['starts-differ'],
  },
  {
    name: 'k6 starts not a single order',
    setting: { beforeK6: rates(0) },
    status: 'INVALID',
    code: 'generator-unhealthy',
    words: ['starts-differ'],
  },
  {
    name: 'k6 ends well at once without a word',
    setting: { beforeK6: 'exit 0' },
    status: 'INCONCLUSIVE',
    code: 'not-run',
  },
  {
    name: 'k6’s metrics go nowhere',
    setting: { beforeK6: 'export K6_PROMETHEUS_RW_SERVER_URL=http://127.0.0.1:9/api/v1/write' },
    status: 'INVALID',
    code: 'observations-missing',
  },
  {
    name: 'pushes from the middle on swallowed, though k6 is told that they arrived',
    setting: {},
    prepare: pushesMeet((number) => (number < 8 ? 'pass' : 'swallow')),
    status: 'INVALID',
    code: 'generator-unhealthy',
    words: ['push-gap'],
  },
  {
    name: 'clock set 5 s ahead under load',
    setting: {
      env: {
        NODE_OPTIONS: `--import=${new URL('./clock-ahead.mjs', import.meta.url).href}`,
        AHEAD_AFTER_MS: '9000',
        AHEAD_BY_MS: '5000',
      },
    },
    status: 'INVALID',
    code: 'generator-unhealthy',
    words: ['clock-step'],
  },
  {
    name: 'a fault at a partner that the target never calls',
    setting: {
      callsPay: false,
      faults: 'faults:\n  - { at: 2s, for: 4s, partner: pay, kind: latency, add: 1s }\n',
    },
    status: 'INCONCLUSIVE',
    code: 'fault-did-not-fire',
  },
  {
    name: 'a plan whose shoppers the target does not know',
    setting: { illness: 'strangers-unknown' },
    status: 'INVALID',
    code: 'harness-faults',
  },
];
