import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

const CONNECTIONS = 50;

export async function hasWrk(): Promise<boolean> {
  // Without arguments it prints its usage and ends with 1.
  const error = await run('wrk').then(
    () => null,
    (reason: unknown) => reason,
  );
  return !(error instanceof Error && 'code' in error && error.code === 'ENOENT');
}

export interface Throughput {
  requestsPerSec: number;
  /** CPU of the server, all threads, µs a request. */
  cpuUs: number;
}

/** 50 connections that never wait. @param script path of a Lua script; '' = plain GETs. */
export async function hammer(pid: number, url: string, seconds: number, script = ''): Promise<Throughput> {
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, ...(script === '' ? [] : ['-s', script]), url];
  const before = await cpuMs(pid);
  const { stdout } = await run('wrk', args);
  const cpu = (await cpuMs(pid)) - before;
  const wrong = /Non-2xx.*|Socket errors.*/.exec(stdout);
  if (wrong) throw new Error(`wrk at ${url}: ${wrong[0]}`);
  const requestsPerSec = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  if (!(requestsPerSec > 0 && requests > 0)) throw new Error(`wrk counted no requests: ${stdout}`);
  return { requestsPerSec, cpuUs: (cpu * 1_000) / requests };
}

async function cpuMs(pid: number): Promise<number> {
  const stat = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  // utime and stime, in clock ticks of 10 ms.
  return (Number(stat[11]) + Number(stat[12])) * 10;
}

/** Lua for orders with a key of their own each, all of the same length. @param prefix new in each round. */
export const ordersScript = (prefix: string): string => `
local n = 0
local headers = { ["Content-Type"] = "application/json" }
request = function()
  n = n + 1
  return wrk.format("POST", nil, headers, string.format('{"sku":"tea","orderKey":"${prefix}-%09d"}', n))
end
`;
