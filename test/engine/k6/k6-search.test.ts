import { afterEach, expect, it, vi } from 'vitest';
import { withProgress } from '../../../scripts/engine/k6/k6-search.ts';

afterEach(() => {
  vi.useRealTimers();
});

it('says every two seconds that it is still waiting, until the work has ended', async () => {
  vi.useFakeTimers();
  const lines: string[] = [];
  let end: (value: string) => void = () => {};
  const work = new Promise<string>((resolve) => {
    end = resolve;
  });
  let megabytes = 0;
  const result = withProgress(
    { onProgress: (line) => lines.push(line) },
    () => `${++megabytes} MB`,
    () => work,
  );
  await vi.advanceTimersByTimeAsync(1_999);
  expect(lines).toEqual([]);
  await vi.advanceTimersByTimeAsync(4_001);
  expect(lines).toEqual(['1 MB', '2 MB', '3 MB']);
  end('done');
  expect(await result).toBe('done');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(lines).toHaveLength(3);
});
