import type { ScriptEvent } from '../../../k6/contract.ts';
import { KEPT_ALIKE_PER_SEC, KEPT_PER_SEC } from '../../core/limits.ts';
import type { Child, Children } from './child.ts';
import { parseScriptEvent } from './script-events.ts';

export interface K6Run {
  k6Path: string;
  children: Children;
  /** Bundled load script and k6's JSON configuration (scenarios, system tags). */
  scriptFile: string;
  configFile: string;
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Where its metrics go, each second, and the tags of all of them; null = nobody wants them. */
  metrics: { collectorUrl: string; tags: Readonly<Record<string, string>> } | null;
  /** The script tells of its thresholds when k6 sums up. */
  summary: boolean;
  onEvent: (event: ScriptEvent) => void;
  /** Every other line of k6's log. */
  onLog: (level: string, message: string) => void;
}

/** A script that throws in every turn must not flood the run directory. */
const LOG_LINES_PER_SEC = 20;

/** Starts k6. SIGINT makes it end within moments. */
export function startK6(options: K6Run): Promise<Child> {
  const onLog = atMost(LOG_LINES_PER_SEC, options.onLog);
  return options.children.start({
    command: options.k6Path,
    args: k6Args(options),
    cwd: options.cwd,
    env: k6Environment(options),
    onStdoutLine: (line) => onLog('info', line),
    onStderrLine: logReader({ onEvent: options.onEvent, onLog }),
  });
}

function k6Args({ configFile, scriptFile, metrics, summary }: K6Run): string[] {
  const output = ['--out', 'experimental-prometheus-rw', '--features', 'native-histograms'];
  return [
    'run',
    '--config',
    configFile,
    ...(metrics === null ? [] : [...output, ...tagArgs(metrics.tags)]),
    `--summary-mode=${summary ? 'compact' : 'disabled'}`,
    '--no-usage-report',
    '--no-color',
    '--quiet',
    '--log-format=json',
    '--log-output=stderr',
    scriptFile,
  ];
}

function k6Environment({ env, metrics }: K6Run): K6Run['env'] {
  return {
    // The user's own K6_* settings (a cloud token, other VUs, another output) must not change the run.
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('K6_'))),
    ...(metrics === null
      ? {}
      : {
          K6_PROMETHEUS_RW_SERVER_URL: metrics.collectorUrl,
          K6_PROMETHEUS_RW_PUSH_INTERVAL: '1s',
          K6_PROMETHEUS_RW_STALE_MARKERS: 'false',
        }),
    K6_AUTO_EXTENSION_RESOLUTION: 'false',
  };
}

function tagArgs(tags: Readonly<Record<string, string>>): string[] {
  return Object.entries(tags).flatMap(([name, value]) => ['--tag', `${name}=${value}`]);
}

/** Reads k6's log line by line. Failed turns have a limit of their own, so that no flood of other lines hides them. */
export function logReader({ onEvent, onLog }: Pick<K6Run, 'onEvent' | 'onLog'>): (line: string) => void {
  let second = 0;
  const kept = new Map<string, number>();
  const isWithin = (perSec: number, ...key: readonly (string | null)[]): boolean => {
    const name = JSON.stringify(key);
    const count = (kept.get(name) ?? 0) + 1;
    if (count <= perSec) kept.set(name, count);
    return count <= perSec;
  };
  const onBoundedEvent = (event: ScriptEvent): void => {
    if (event.event === 'failed-turn') {
      const now = Math.floor(performance.now() / 1_000);
      if (now !== second) kept.clear();
      second = now;
      const { journey, kind, item, cafe } = event;
      if (!isWithin(KEPT_ALIKE_PER_SEC, journey, kind, item, cafe)) return;
      if (!isWithin(KEPT_PER_SEC, journey)) return;
    }
    onEvent(event);
  };
  return (line) => readLogLine(line, { onEvent: onBoundedEvent, onLog });
}

/** Passes on that many lines a second; the first line of a later second says how many were left out. */
function atMost(linesPerSec: number, onLog: K6Run['onLog']): K6Run['onLog'] {
  let second = 0;
  let count = 0;
  return (level, message) => {
    const now = Math.floor(performance.now() / 1_000);
    if (now !== second) {
      if (count > linesPerSec) onLog('info', `${count - linesPerSec} lines of k6's log were left out`);
      second = now;
      count = 0;
    }
    count += 1;
    if (count <= linesPerSec) onLog(level, message);
  };
}

function readLogLine(line: string, { onEvent, onLog }: Pick<K6Run, 'onEvent' | 'onLog'>): void {
  // One a failed request: the outcome of its turn says the same, and an outage must not flood the run directory.
  if (line.includes('"msg":"Request Failed"')) return;
  const entry = parseObject(line);
  if (!entry || typeof entry['msg'] !== 'string') {
    if (line.trim() !== '') onLog('unknown', line);
    return;
  }
  const { msg } = entry;
  const event = parseScriptEvent(msg);
  if (event) {
    onEvent(event);
    return;
  }
  const error = typeof entry['error'] === 'string' ? `: ${entry['error']}` : '';
  onLog(String(entry['level'] ?? 'unknown'), msg + error);
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
