import { readdir, readFile } from 'node:fs/promises';
import { UNSEEN_WAIT_MS } from '../../core/limits.ts';

/** Of one thread since it began: time ready to run and waiting for a core, and how often it got one. */
export interface ThreadWaits {
  waitedNs: number;
  times: number;
}
export type WaitsByThread = ReadonlyMap<string, ThreadWaits>;

/**
 * A wait this short each time is what waking up costs, also on an idle machine (0.05 ms there, 0.1 to 0.3 ms on a busy
 * one); k6 tells time in whole ms, so none of it is seen in a measurement.
 */
const UNSEEN_WAIT_NS = UNSEEN_WAIT_MS * 1_000_000;

/**
 * What the kernel says of each thread of a process; null where there is no such file (off Linux, or a kernel without
 * scheduler statistics) or the process is gone. `/proc/PID/schedstat` is of the main thread alone, and k6 has many.
 */
export async function readWaits(pid: number, proc = '/proc'): Promise<WaitsByThread | null> {
  const tasks = `${proc}/${pid}/task`;
  const threads = await readdir(tasks).catch(() => null);
  if (threads === null) return null;
  const waits = new Map<string, ThreadWaits>();
  for (const thread of threads) {
    // Three numbers: ns on a core, ns waiting for one, times it got one (0: a kernel that does not count).
    const text = await readFile(`${tasks}/${thread}/schedstat`, 'utf8').catch(() => null);
    const [, waitedNs, times] = /^\d+ (\d+) ([1-9]\d*)$/.exec(text?.trim() ?? '') ?? [];
    if (waitedNs !== undefined) waits.set(thread, { waitedNs: Number(waitedNs), times: Number(times) });
  }
  return waits.size === 0 ? null : waits;
}

/**
 * Time that the threads waited since the reading before, summed over them, ns; without 1 ms for each time that one got
 * a core. A thread takes its count with it when it ends; a new one counts from 0.
 */
export function waitedSinceNs(before: WaitsByThread, now: WaitsByThread): number {
  let sumNs = 0;
  for (const [thread, { waitedNs, times }] of now) {
    const known = before.get(thread);
    // A lower count is another thread with the number of one that ended.
    const from = known && known.times <= times ? known : { waitedNs: 0, times: 0 };
    sumNs += Math.max(0, waitedNs - from.waitedNs - UNSEEN_WAIT_NS * (times - from.times));
  }
  return sumNs;
}
