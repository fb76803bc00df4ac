import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type BenchServer, DELAY_MS, ITEM, type KnownAnswer } from './mock-servers.ts';

const run = promisify(execFile);

const VERSION = '3.13.2';
const DELAYED_PATH = '/delayed';

/** Its jar by Maven, into `folder`; null with the reason said where Java or Maven is missing. */
export async function fetchWireMock(folder: string): Promise<string | null> {
  const artifact = `org.wiremock:wiremock-standalone:${VERSION}`;
  try {
    await run('java', ['-version']);
    await run('mvn', [
      '--batch-mode',
      'dependency:copy',
      `-Dartifact=${artifact}`,
      `-DoutputDirectory=${folder}`,
    ]);
    return join(folder, `wiremock-standalone-${VERSION}.jar`);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    console.log(`not measured: WireMock (it needs Java and Maven: ${reason})`);
    return null;
  }
}

/** WireMock as its documentation says for load tests: no journal, delays that hold no thread. */
export async function startWireMock(
  jar: string,
  folder: string,
  answer: KnownAnswer,
): Promise<BenchServer & { delayedUrl: string }> {
  await mkdir(join(folder, 'mappings'), { recursive: true });
  const response = { status: answer.status, headers: answer.headers, body: answer.body };
  const mappings = [
    { request: { method: 'GET', url: ITEM.path }, response },
    {
      request: { method: 'GET', url: DELAYED_PATH },
      response: { ...response, fixedDelayMilliseconds: DELAY_MS },
    },
  ];
  await writeFile(join(folder, 'mappings', 'item.json'), JSON.stringify({ mappings }));
  const child = spawn(
    'java',
    [
      ...['-jar', jar, '--port', '0', '--bind-address', '127.0.0.1', '--root-dir', folder],
      ...[
        '--no-request-journal',
        '--use-chunked-encoding',
        'never',
        '--disable-banner',
        '--container-threads',
        '64',
      ],
      ...['--async-response-enabled=true', '--async-response-threads=10'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'exit');
  const port = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = /^port:\s+(\d+)/.exec(line)?.[1];
      if (said !== undefined) resolve(said);
    });
    void ended.then(() => reject(new Error('WireMock ended before it listened')));
  });
  const baseUrl = `http://127.0.0.1:${port}`;
  return {
    pid: child.pid ?? 0,
    itemUrl: baseUrl + ITEM.path,
    delayedUrl: baseUrl + DELAYED_PATH,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
