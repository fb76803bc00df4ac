/** Limits that a container sets below what the machine has. Null: none set, or not to be read. */
export interface CgroupLimits {
  /** CPUs per second of wall clock, e.g. 1.5. */
  cores: number | null;
  memoryBytes: number | null;
  /** Of `memoryBytes`, what is not in use; page cache that can be dropped counts as free. */
  freeMemoryBytes: number | null;
}

/** A file's text; null if it cannot be read. */
export type ReadText = (path: string) => Promise<string | null>;

const ROOT = '/sys/fs/cgroup';

interface MemoryFiles {
  limit: string;
  used: string;
  /** The line of memory.stat with the page cache that is dropped first. */
  droppable: RegExp;
}
const MEMORY_V2: MemoryFiles = {
  limit: 'memory.max',
  used: 'memory.current',
  droppable: /^inactive_file (\d+)$/m,
};
const MEMORY_V1: MemoryFiles = {
  limit: 'memory.limit_in_bytes',
  used: 'memory.usage_in_bytes',
  droppable: /^total_inactive_file (\d+)$/m,
};

/** Reads cgroup v2 and v1 from this process's group up to the root: the tightest limit on the way holds. */
export async function readCgroup(readText: ReadText): Promise<CgroupLimits> {
  const groups = parseGroups((await readText('/proc/self/cgroup')) ?? '');
  const cores: number[] = [];
  const memory: { limitBytes: number; freeBytes: number | null }[] = [];
  for (const folder of foldersOf(groups, '')) {
    cores.push(...present(parseCpuMax(await readText(`${folder}/cpu.max`))));
    memory.push(...present(await readMemory(folder, MEMORY_V2, readText)));
  }
  for (const folder of foldersOf(groups, 'cpu')) {
    const quota = parseWhole(await readText(`${folder}/cpu.cfs_quota_us`));
    const period = parseWhole(await readText(`${folder}/cpu.cfs_period_us`));
    if (quota !== null && quota > 0 && period) cores.push(quota / period);
  }
  for (const folder of foldersOf(groups, 'memory')) {
    memory.push(...present(await readMemory(folder, MEMORY_V1, readText)));
  }
  return {
    cores: least(cores),
    memoryBytes: least(memory.map((group) => group.limitBytes)),
    freeMemoryBytes: least(memory.flatMap((group) => present(group.freeBytes))),
  };
}

async function readMemory(
  folder: string,
  files: MemoryFiles,
  readText: ReadText,
): Promise<{ limitBytes: number; freeBytes: number | null } | null> {
  const limitBytes = parseWhole(await readText(`${folder}/${files.limit}`));
  // v1 writes "no limit" as the largest page-aligned 64-bit number.
  if (limitBytes === null || limitBytes > 2 ** 60) return null;
  const usedBytes = parseWhole(await readText(`${folder}/${files.used}`));
  if (usedBytes === null) return { limitBytes, freeBytes: null };
  const droppable = files.droppable.exec((await readText(`${folder}/memory.stat`)) ?? '')?.[1];
  const droppableBytes = droppable === undefined ? 0 : Number(droppable);
  return { limitBytes, freeBytes: Math.max(0, limitBytes - usedBytes + droppableBytes) };
}

/** Controller → path of the group; the key of v2 is ''. */
function parseGroups(text: string): Map<string, string> {
  const groups = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    for (const controller of match?.[1]?.split(',') ?? []) groups.set(controller, match?.[2] ?? '/');
  }
  return groups;
}

/** The group's folder and all above it. Inside a container the group's own folder is often the root itself. */
function foldersOf(groups: Map<string, string>, controller: string): string[] {
  const group = groups.get(controller);
  if (group === undefined) return [];
  const root = controller === '' ? ROOT : `${ROOT}/${controller}`;
  const names = group.split('/').filter((name) => name !== '' && name !== '..');
  return [root, ...names.map((_, index) => `${root}/${names.slice(0, index + 1).join('/')}`)];
}

function parseCpuMax(text: string | null): number | null {
  const match = /^(\d+) (\d+)/.exec(text ?? '');
  return match ? Number(match[1]) / Number(match[2]) : null;
}

function parseWhole(text: string | null): number | null {
  return text !== null && /^-?\d+\s*$/.test(text) ? Number(text) : null;
}

function present<T>(value: T | null): T[] {
  return value === null ? [] : [value];
}

function least(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.min(...values);
}
