import { type Go, goFits } from '../engine/k6/go.ts';
import type { FoundK6 } from '../engine/k6/k6-search.ts';
import { K6_VERSION } from '../engine/k6/k6-version.ts';
import type { ClockReading } from '../engine/machine/clock.ts';
import type { Machine } from '../engine/machine/machine.ts';

/** All that `doctor` looked at. */
export interface DoctorReadings {
  /** As in `process.version`. */
  nodeVersion: string;
  /** As in `process.platform`. */
  platform: string;
  k6: {
    found: FoundK6 | null;
    /** One line for each place that has none. */
    problems: readonly string[];
    /** `PEAKPROOF_K6` names something that does not work: `run` would stop there. */
    isRefused: boolean;
    /** The release archive that `run` would download; null if none is published for this platform. */
    archive: string | null;
  };
  go: Go | { problem: string };
  /** The Go version that a build of k6 needs, e.g. `1.25.0`. */
  goNeeded: string;
  machine: Machine;
  /** Why no port of 127.0.0.1 can be bound; null if it can. */
  loopbackProblem: string | null;
  clock: ClockReading;
}

/** ok: nothing to do; warn: a run is possible, but limited or in doubt; FAIL: no run is possible. */
export type Mark = 'ok' | 'warn' | 'FAIL';

export interface Check {
  /** Stable. */
  id: 'node' | 'k6' | 'go' | 'cores' | 'memory' | 'open-files' | 'local-ports' | 'loopback' | 'clock';
  mark: Mark;
  found: string;
  /** What to do; null where there is nothing. */
  next: string | null;
}

const NODE_NEEDED = { major: 20, minor: 19 };
/** k6, the mocks, the prober and this process each keep a part of a core busy. */
const CORES_WANTED = 2;
/** Four Node processes and a k6 with few VUs take about 300 MB. */
const MEMORY_NEEDED_BYTES = 300e6;
/** k6 alone took 612 MB at 3,000 VUs. */
const MEMORY_WANTED_BYTES = 1e9;
/** Below this, sizing by 80 % of the limit leaves fewer VUs than the demo needs. */
const OPEN_FILES_NEEDED = 256;
const OPEN_FILES_WANTED = 10_000;
/** macOS has 16,384 by default, Linux 28,232. */
const LOCAL_PORTS_WANTED = 16_000;
/** A clock that is slewed by NTP moves by at most 0.25 ms in 500 ms; this one was stepped. */
const DRIFT_WANTED_MS = 20;

/** One line for each reading, in the order in which they are printed. */
export function judgeReadings(readings: DoctorReadings): Check[] {
  return [
    judgeNode(readings),
    judgeK6(readings),
    judgeGo(readings),
    judgeCores(readings.machine),
    judgeMemory(readings.machine),
    judgeOpenFiles(readings.machine),
    judgeLocalPorts(readings.machine),
    judgeLoopback(readings.loopbackProblem),
    judgeClock(readings.clock),
  ];
}

function judgeNode({ nodeVersion, platform }: DoctorReadings): Check {
  const needed = `${NODE_NEEDED.major}.${NODE_NEEDED.minor}`;
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number);
  const isOld = major < NODE_NEEDED.major || (major === NODE_NEEDED.major && minor < NODE_NEEDED.minor);
  const found = `${nodeVersion} on ${platform}, ${needed} or later needed`;
  if (platform === 'win32') return { id: 'node', mark: 'FAIL', found, next: 'use WSL on Windows' };
  return isOld
    ? { id: 'node', mark: 'FAIL', found, next: `install Node ${needed} or later` }
    : { id: 'node', mark: 'ok', found, next: null };
}

const K6_FROM: Readonly<Record<FoundK6['from'], string>> = {
  env: 'PEAKPROOF_K6',
  path: 'PATH',
  cache: 'the cache',
  archive: 'its release archive',
  'go-build': 'a build by Go',
};

function judgeK6({ k6, go, goNeeded }: DoctorReadings): Check {
  if (k6.found) {
    return {
      id: 'k6',
      mark: 'ok',
      found: `${k6.found.version} from ${K6_FROM[k6.found.from]}: ${k6.found.path}`,
      next: null,
    };
  }
  const found = k6.problems.join('; ');
  if (k6.isRefused)
    return { id: 'k6', mark: 'FAIL', found, next: 'set PEAKPROOF_K6 to a working k6, or unset it' };
  const ways = k6.archive === null ? [] : [`download ${k6.archive}`];
  if (!('problem' in go) && goFits(go, goNeeded) !== 'no') ways.push(`build it with ${go.version}`);
  return ways.length === 0
    ? {
        id: 'k6',
        mark: 'FAIL',
        found,
        next: `install k6 ${K6_VERSION}, or Go ${goNeeded} or later to build it`,
      }
    : {
        id: 'k6',
        mark: 'warn',
        found,
        next: `nothing, if there is a network: the first run will ${ways.join(', else ')}`,
      };
}

function judgeGo({ go, goNeeded, k6 }: DoctorReadings): Check {
  const isOptional = k6.found !== null || k6.archive !== null;
  const unneeded = k6.found === null ? 'needed only if the download fails' : 'not needed: k6 is here';
  const next = isOptional ? null : `install Go ${goNeeded} or later, or k6 ${K6_VERSION}`;
  const mark = k6.found === null ? 'warn' : 'ok';
  if ('problem' in go)
    return { id: 'go', mark, found: isOptional ? `${go.problem}; ${unneeded}` : go.problem, next };
  const fits = goFits(go, goNeeded);
  if (fits === 'yes') return { id: 'go', mark: 'ok', found: `${go.version} at ${go.path}`, next: null };
  const older = `${go.version} at ${go.path} is older than ${goNeeded}`;
  if (fits === 'by-fetching')
    return { id: 'go', mark: 'ok', found: `${older}; it would fetch a newer one`, next: null };
  return { id: 'go', mark, found: isOptional ? `${older}; ${unneeded}` : older, next };
}

function judgeCores({ cores }: Machine): Check {
  const found = `${Number(cores.toFixed(2))} usable`;
  return cores >= CORES_WANTED
    ? { id: 'cores', mark: 'ok', found, next: null }
    : {
        id: 'cores',
        mark: 'warn',
        found,
        next: 'expect INVALID runs: give it 2 cores or keep the rates low',
      };
}

function judgeMemory({ freeMemoryBytes, totalMemoryBytes }: Machine): Check {
  const found = `${gigabytes(freeMemoryBytes)} available of ${gigabytes(totalMemoryBytes)}`;
  if (freeMemoryBytes < MEMORY_NEEDED_BYTES) {
    return { id: 'memory', mark: 'FAIL', found, next: `free ${gigabytes(MEMORY_NEEDED_BYTES)} or more` };
  }
  return freeMemoryBytes < MEMORY_WANTED_BYTES
    ? { id: 'memory', mark: 'warn', found, next: 'the number of VUs will be capped; free 1 GB or more' }
    : { id: 'memory', mark: 'ok', found, next: null };
}

function judgeOpenFiles({ openFileLimit }: Machine): Check {
  const id = 'open-files';
  if (openFileLimit === null) return { id, mark: 'warn', found: 'not measured on this platform', next: null };
  const { soft, hard } = openFileLimit;
  const found = `${limitText(soft)} allowed, at most ${limitText(hard)}`;
  if (soft >= OPEN_FILES_WANTED) return { id, mark: 'ok', found, next: null };
  const next = `raise it: ulimit -n ${Math.min(hard, 65_536)}`;
  if (soft < OPEN_FILES_NEEDED) return { id, mark: 'FAIL', found, next };
  const capped = `the number of VUs will be capped at ${Math.floor(soft * 0.8)}`;
  return {
    id,
    mark: 'warn',
    found,
    next: hard > soft ? `${capped}; ${next}` : `${capped}; have the hard limit raised`,
  };
}

function judgeLocalPorts({ localPorts }: Machine): Check {
  const id = 'local-ports';
  if (localPorts === null) return { id, mark: 'warn', found: 'not measured on this platform', next: null };
  const found = `${localPorts} for connections to one target address`;
  const next = `the number of VUs will be capped at ${Math.floor(localPorts * 0.8)}; widen the local port range`;
  return localPorts >= LOCAL_PORTS_WANTED
    ? { id, mark: 'ok', found, next: null }
    : { id, mark: 'warn', found, next };
}

function judgeLoopback(problem: string | null): Check {
  return problem === null
    ? { id: 'loopback', mark: 'ok', found: 'ports of 127.0.0.1 can be bound', next: null }
    : {
        id: 'loopback',
        mark: 'FAIL',
        found: `no port of 127.0.0.1 can be bound (${problem})`,
        next: 'allow local servers',
      };
}

function judgeClock({ driftMs, overMs, isSynchronised }: ClockReading): Check {
  const sync =
    isSynchronised === null ? 'NTP not measured' : isSynchronised ? 'kept by NTP' : 'not synchronised by NTP';
  const found = `wall clock ${driftMs} ms from the monotonic one in ${overMs} ms; ${sync}`;
  if (Math.abs(driftMs) > DRIFT_WANTED_MS) {
    return {
      id: 'clock',
      mark: 'warn',
      found,
      next: 'it is being set just now: wait; a step of 0.5 s voids a slice',
    };
  }
  return isSynchronised === false
    ? {
        id: 'clock',
        mark: 'warn',
        found,
        next: 'switch NTP on, or times will not match those of your servers',
      }
    : { id: 'clock', mark: 'ok', found, next: null };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function limitText(limit: number): string {
  return Number.isFinite(limit) ? String(limit) : 'unlimited';
}
