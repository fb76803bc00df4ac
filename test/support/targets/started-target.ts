import { fileURLToPath } from 'node:url';
import { type Started, startProcess } from '../mocks/mock-processes.ts';

export interface ReadyLine {
  type: 'ready';
  /** null = it listens nowhere: a bot that polls. */
  url: string | null;
}

export interface StartedTarget extends Started<ReadyLine> {
  url: string;
}

/** Path of a target of the tests, for `target.start` too. */
export const targetFile = (name: string): string => fileURLToPath(new URL(`../${name}.mjs`, import.meta.url));

/** A target as `run` starts it, with the addresses of its partners; it is ready. */
export async function startTarget(
  name: string,
  partnerUrls: Record<string, string>,
  env: Record<string, string> = {},
): Promise<StartedTarget> {
  const started = startProcess<ReadyLine>(targetFile(name), { ...partnerUrls, ...env });
  const { url } = await started.line((line): line is ReadyLine => line.type === 'ready');
  return { ...started, url: url ?? '' };
}
