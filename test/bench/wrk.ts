import { execFile } from 'node:child_process';
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

/** Requests a second with 50 connections that never wait. @param script path of a Lua script; '' = plain GETs. */
export async function requestsPerSec(url: string, seconds: number, script = ''): Promise<number> {
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, ...(script === '' ? [] : ['-s', script]), url];
  const { stdout } = await run('wrk', args);
  const wrong = /Non-2xx.*|Socket errors.*/.exec(stdout);
  if (wrong) throw new Error(`wrk at ${url}: ${wrong[0]}`);
  const perSec = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  if (!(perSec > 0)) throw new Error(`wrk said nothing of requests a second: ${stdout}`);
  return perSec;
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
