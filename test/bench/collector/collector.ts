import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HOUR, hourLoad } from '../analysis/launch-hour.ts';
import { K6Totals } from '../k6/k6-totals.ts';
import { type BenchRow, row } from '../row.ts';
import type { CollectorCost } from './collector-child.ts';
import { writeRequest } from './write-request.ts';

// What the collector costs at 50 and at 5,000 orders/s: the same series with larger totals, faster than once a second.

const ROUNDS = 5;
const FEW_PER_SEC = 50;
const MANY_PER_SEC = 5_000;
const LENGTH_SEC = 600;
/** Of them: until code and heap have settled. */
const SETTLED_AFTER = 200;
const AT_MOST_RATIO = 1.2;
const CHILD = fileURLToPath(new URL('./bench-collector.js', import.meta.url));

interface Cost {
  cpuMsPerPush: number;
  rssMb: number;
  grownMb: number;
  seriesPerPush: number;
}

export async function benchCollector(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'peakproof-collector-'));
  try {
    const few: Cost[] = [];
    const many: Cost[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      few.push(await costAt(FEW_PER_SEC, join(folder, `few-${round}.ndjson`)));
      many.push(await costAt(MANY_PER_SEC, join(folder, `many-${round}.ndjson`)));
    }
    for (const [perSec, costs] of [
      [FEW_PER_SEC, few],
      [MANY_PER_SEC, many],
    ] as const) {
      const grown = costs.map((one) => one.grownMb.toFixed(1)).join(', ');
      console.log(
        `collector at ${perSec} orders/s: ${costs[0]?.seriesPerPush.toFixed(0)} series a push; memory grown over the last ${LENGTH_SEC - SETTLED_AFTER} s: ${grown} MB`,
      );
    }
    const of = (costs: readonly Cost[], figure: (cost: Cost) => number) => costs.map(figure);
    return [
      row(
        'collector: CPU a push, 5,000 orders/s beside 50',
        AT_MOST_RATIO,
        'ms',
        of(many, (one) => one.cpuMsPerPush),
        of(few, (one) => one.cpuMsPerPush),
      ),
      row(
        'collector: memory, 5,000 orders/s beside 50',
        AT_MOST_RATIO,
        'MB',
        of(many, (one) => one.rssMb),
        of(few, (one) => one.rssMb),
      ),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function costAt(ordersPerSec: number, log: string): Promise<Cost> {
  const child = fork(CHILD, [log, String(ordersPerSec), String(LENGTH_SEC)]);
  try {
    const [{ url }] = await once(child, 'message');
    const totals = new K6Totals(hourLoad({ ...HOUR, ordersPerSec, lengthSec: LENGTH_SEC, incidents: 3 }));
    let settled: CollectorCost | null = null;
    let series = 0;
    for (let second = 0; second < LENGTH_SEC; second++) {
      const push = totals.push(second);
      const { body, count } = writeRequest(push.series);
      series += count;
      const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };
      const { status } = await fetch(url, { method: 'POST', headers, body });
      if (status !== 204) throw new Error(`the collector answered ${status}`);
      if (second === SETTLED_AFTER) settled = await costOf(child);
    }
    const end = await costOf(child);
    if (settled === null) throw new Error('the run was too short to settle');
    return {
      cpuMsPerPush: (end.cpuMs - settled.cpuMs) / (LENGTH_SEC - SETTLED_AFTER - 1),
      rssMb: end.rssMb,
      grownMb: end.rssMb - settled.rssMb,
      seriesPerPush: series / LENGTH_SEC,
    };
  } finally {
    const ended = once(child, 'exit');
    child.send('end');
    await ended;
  }
}

async function costOf(child: ChildProcess): Promise<CollectorCost> {
  const answer = once(child, 'message');
  child.send('cost');
  const [cost] = await answer;
  return cost;
}
