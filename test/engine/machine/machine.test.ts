import { describe, expect, it } from 'vitest';
import { type MachineSources, readMachine, thisMachine } from '../../../scripts/engine/machine/machine.ts';

const GIB = 2 ** 30;

const LINUX: Record<string, string> = {
  '/proc/meminfo': 'MemTotal:        8388608 kB\nMemFree:          524288 kB\nMemAvailable:    6291456 kB\n',
  '/proc/self/limits':
    'Limit                     Soft Limit           Hard Limit           Units     \n' +
    'Max open files            1024                 524288               files     \n',
  '/proc/sys/net/ipv4/ip_local_port_range': '32768\t60999\n',
};

function sources(files: Record<string, string>, changes: Partial<MachineSources> = {}): MachineSources {
  return {
    platform: 'linux',
    readText: async (path) => files[path] ?? null,
    run: async () => null,
    availableParallelism: () => 8,
    totalMemoryBytes: () => 8 * GIB,
    freeMemoryBytes: () => GIB / 2,
    ...changes,
  };
}

describe('Linux', () => {
  it('counts page cache as free, and reads limits and ports', async () => {
    expect(await readMachine(sources(LINUX))).toEqual({
      cores: 8,
      totalMemoryBytes: 8 * GIB,
      freeMemoryBytes: 6 * GIB,
      openFileLimit: { soft: 1_024, hard: 524_288 },
      localPorts: 28_232,
    });
  });

  it('knows "unlimited"', async () => {
    const limits = 'Max open files            65536                unlimited            files     \n';
    const { openFileLimit } = await readMachine(sources({ '/proc/self/limits': limits }));
    expect(openFileLimit).toEqual({ soft: 65_536, hard: Number.POSITIVE_INFINITY });
  });

  it('gives null for what cannot be read', async () => {
    expect(await readMachine(sources({}))).toMatchObject({ openFileLimit: null, localPorts: null });
  });
});

describe('a container', () => {
  it('is limited by the tightest cgroup v2 group above the process', async () => {
    const files = {
      ...LINUX,
      '/proc/self/cgroup': '0::/pod/app\n',
      '/sys/fs/cgroup/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/pod/cpu.max': '150000 100000\n',
      '/sys/fs/cgroup/pod/app/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/pod/memory.max': `${4 * GIB}\n`,
      '/sys/fs/cgroup/pod/memory.current': `${3 * GIB}\n`,
      '/sys/fs/cgroup/pod/memory.stat': `anon ${GIB}\ninactive_file ${2 * GIB}\n`,
      '/sys/fs/cgroup/pod/app/memory.max': 'max\n',
    };
    expect(await readMachine(sources(files))).toMatchObject({
      cores: 1.5,
      totalMemoryBytes: 4 * GIB,
      freeMemoryBytes: 3 * GIB,
    });
  });

  it('is limited at the root of its own cgroup namespace', async () => {
    const files = {
      ...LINUX,
      '/proc/self/cgroup': '0::/\n',
      '/sys/fs/cgroup/cpu.max': '50000 100000\n',
      '/sys/fs/cgroup/memory.max': `${GIB}\n`,
    };
    expect(await readMachine(sources(files))).toMatchObject({
      cores: 0.5,
      totalMemoryBytes: GIB,
      // What of it is in use could not be read.
      freeMemoryBytes: 6 * GIB,
    });
  });

  it('is limited by a group beside its own cgroup namespace, seen from there', async () => {
    const files = {
      ...LINUX,
      '/proc/self/cgroup': '0::/../job\n',
      '/sys/fs/cgroup/job/cpu.max': '50000 100000\n',
      '/sys/fs/cgroup/job/memory.max': `${GIB}\n`,
    };
    expect(await readMachine(sources(files))).toMatchObject({
      cores: 0.5,
      totalMemoryBytes: GIB,
      // What of it is in use could not be read.
      freeMemoryBytes: 6 * GIB,
    });
  });

  it('is limited by cgroup v1, whose path may be that of the host', async () => {
    const files = {
      ...LINUX,
      '/proc/self/cgroup': '5:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '200000\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': `${2 * GIB}\n`,
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': `${GIB}\n`,
      '/sys/fs/cgroup/memory/memory.stat': 'total_inactive_file 0\n',
    };
    expect(await readMachine(sources(files))).toMatchObject({
      cores: 2,
      totalMemoryBytes: 2 * GIB,
      freeMemoryBytes: GIB,
    });
  });

  it('without limits leaves the machine’s own', async () => {
    const files = {
      ...LINUX,
      '/proc/self/cgroup': '5:memory:/\n3:cpu:/\n0::/\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': `${GIB}\n`,
    };
    expect(await readMachine(sources(files))).toMatchObject({
      cores: 8,
      totalMemoryBytes: 8 * GIB,
      freeMemoryBytes: 6 * GIB,
    });
  });
});

it('asks vm_stat, ulimit and sysctl on macOS', async () => {
  const answers: Record<string, string> = {
    vm_stat:
      'Mach Virtual Memory Statistics: (page size of 16384 bytes)\n' +
      'Pages free:                               65536.\nPages active:                            400000.\n' +
      'Pages inactive:                          131072.\n',
    '/bin/sh': '10240\nunlimited\n',
    sysctl: '49152\n65535\n',
  };
  const run = async (file: string) => answers[file] ?? null;
  expect(await readMachine(sources({}, { platform: 'darwin', run }))).toEqual({
    cores: 8,
    totalMemoryBytes: 8 * GIB,
    freeMemoryBytes: 3 * GIB,
    openFileLimit: { soft: 10_240, hard: Number.POSITIVE_INFINITY },
    localPorts: 16_384,
  });
});

it('reads this machine', async () => {
  const machine = await readMachine(thisMachine(process.env));
  expect(machine.cores).toBeGreaterThan(0);
  expect(machine.freeMemoryBytes).toBeGreaterThan(0);
  expect(machine.freeMemoryBytes).toBeLessThanOrEqual(machine.totalMemoryBytes);
  expect(machine.openFileLimit?.soft).toBeGreaterThan(0);
  expect(machine.localPorts).toBeGreaterThan(0);
});
