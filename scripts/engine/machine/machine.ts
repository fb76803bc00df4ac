import { readFile } from 'node:fs/promises';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { type Env, runCommand } from '../run-command.ts';
import { type ReadText, readCgroup } from './cgroup.ts';

/** What the load generator may use here. Null: not to be read on this platform. */
export interface Machine {
  /** CPUs that may be used at once; a container's quota makes it a fraction, e.g. 1.5. */
  cores: number;
  /** Of the machine, or of the container if that has a lower limit. */
  totalMemoryBytes: number;
  /** What can be allocated without swapping; page cache counts as free. */
  freeMemoryBytes: number;
  /** Open files a process, as children of this one inherit it. `Infinity` for "unlimited". */
  openFileLimit: { soft: number; hard: number } | null;
  /** Local ports for outgoing connections to one target address. */
  localPorts: number | null;
}

/** Where the readings come from; tests put their own in place. */
export interface MachineSources {
  platform: string;
  readText: ReadText;
  /** The command's stdout; null if it failed. */
  run: (file: string, args: readonly string[]) => Promise<string | null>;
  availableParallelism: () => number;
  totalMemoryBytes: () => number;
  /** Without page cache; used only where the platform tells nothing better. */
  freeMemoryBytes: () => number;
}

/** The sources of this machine. */
export function thisMachine(env: Env): MachineSources {
  return {
    platform: process.platform,
    readText: (path) => readFile(path, 'utf8').catch(() => null),
    run: async (file, args) => {
      const result = await runCommand(file, args, { env, timeoutMs: 2_000 });
      return result.problem === null ? result.stdout : null;
    },
    availableParallelism,
    totalMemoryBytes: totalmem,
    freeMemoryBytes: freemem,
  };
}

/** Reads the machine once; takes a few milliseconds. */
export async function readMachine(sources: MachineSources = thisMachine(process.env)): Promise<Machine> {
  const [cgroup, freeBytes, openFileLimit, localPorts] = await Promise.all([
    readCgroup(sources.readText),
    readFreeMemory(sources),
    readOpenFileLimit(sources),
    readLocalPorts(sources),
  ]);
  const lower = (value: number, limit: number | null): number =>
    limit === null ? value : Math.min(value, limit);
  return {
    cores: lower(sources.availableParallelism(), cgroup.cores),
    totalMemoryBytes: lower(sources.totalMemoryBytes(), cgroup.memoryBytes),
    freeMemoryBytes: lower(freeBytes, cgroup.freeMemoryBytes),
    openFileLimit,
    localPorts,
  };
}

async function readFreeMemory(sources: MachineSources): Promise<number> {
  if (sources.platform === 'linux') {
    const match = /^MemAvailable:\s+(\d+) kB$/m.exec((await sources.readText('/proc/meminfo')) ?? '');
    if (match) return Number(match[1]) * 1_024;
  }
  if (sources.platform === 'darwin') {
    const text = (await sources.run('vm_stat', [])) ?? '';
    const pageBytes = Number(/page size of (\d+) bytes/.exec(text)?.[1]);
    const free = Number(/^Pages free:\s+(\d+)\./m.exec(text)?.[1]);
    const inactive = Number(/^Pages inactive:\s+(\d+)\./m.exec(text)?.[1]);
    const bytes = (free + inactive) * pageBytes;
    if (Number.isFinite(bytes)) return bytes;
  }
  return sources.freeMemoryBytes();
}

async function readOpenFileLimit(sources: MachineSources): Promise<Machine['openFileLimit']> {
  if (sources.platform === 'linux') {
    const text = (await sources.readText('/proc/self/limits')) ?? '';
    const match = /^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)/m.exec(text);
    return match ? { soft: parseLimit(match[1]), hard: parseLimit(match[2]) } : null;
  }
  if (sources.platform === 'darwin') {
    const text = await sources.run('/bin/sh', ['-c', 'ulimit -Sn; ulimit -Hn']);
    const match = /^(\d+|unlimited)\n(\d+|unlimited)$/.exec(text?.trim() ?? '');
    return match ? { soft: parseLimit(match[1]), hard: parseLimit(match[2]) } : null;
  }
  return null;
}

function parseLimit(text: string | undefined): number {
  return text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text);
}

async function readLocalPorts(sources: MachineSources): Promise<number | null> {
  const range = 'net.inet.ip.portrange';
  const text =
    sources.platform === 'linux'
      ? await sources.readText('/proc/sys/net/ipv4/ip_local_port_range')
      : sources.platform === 'darwin'
        ? await sources.run('sysctl', ['-n', `${range}.first`, `${range}.last`])
        : null;
  const match = /^(\d+)\s+(\d+)$/.exec(text?.trim() ?? '');
  return match ? Number(match[2]) - Number(match[1]) + 1 : null;
}
