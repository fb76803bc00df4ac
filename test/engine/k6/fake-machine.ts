import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type FindK6Options, findK6 } from '../../../scripts/engine/k6/find-k6.ts';

/** What a k6 prints, as a script that does nothing else. */
export function k6Script(version: string): string {
  return `#!/bin/sh\necho "k6 ${version} (go1.26.8, linux/amd64)"\n`;
}

/** An empty machine in a folder of its own: only what the test puts on PATH is there. */
export function fakeMachine() {
  const folder = mkdtempSync(join(tmpdir(), 'peakproof-engine-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const bin = join(folder, 'bin');
  const cache = join(folder, 'cache');
  const module = join(folder, 'module');
  for (const path of [bin, module]) mkdirSync(path);
  writeFileSync(join(module, 'go.mod'), 'module m\n\ngo 1.25.0\n\nrequire go.k6.io/k6/v2 v2.2.0\n');
  writeFileSync(join(module, 'go.sum'), 'go.k6.io/k6/v2 v2.2.0 h1:x=\n');
  const progress: string[] = [];
  const options: FindK6Options & { env: Record<string, string> } = {
    env: { PATH: bin, PEAKPROOF_CACHE_DIR: cache },
    onProgress: (line) => progress.push(line),
    platform: 'linux',
    arch: 'x64',
    // Nothing listens on port 4: refused at once.
    releaseBaseUrl: 'http://127.0.0.1:4',
    goModuleFolder: module,
  };
  return {
    folder,
    bin,
    cache,
    module,
    progress,
    options,
    find: (changes: Partial<FindK6Options> = {}) => findK6({ ...options, ...changes }),
    addTool: (name: string, script: string) => writeScript(join(bin, name), script),
    /** Makes tools of the real machine available. */
    linkTools: (...names: string[]) => {
      for (const name of names) {
        const path = execFileSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
        symlinkSync(path, join(bin, name));
      }
    },
  };
}

export function writeScript(path: string, script: string): void {
  writeFileSync(path, script);
  chmodSync(path, 0o755);
}

/** A go that answers `go env`; `build` is what it does on `go build`. */
export function goScript(go: {
  version: string;
  toolchain?: string;
  proxies?: string;
  build?: string;
}): string {
  return `#!/bin/sh
case "$1 $2" in
  "env GOVERSION") echo ${go.version} ;;
  "env GOTOOLCHAIN") printf '%s\\n' '${go.toolchain ?? 'local'}' '${go.proxies ?? 'off'}' /nowhere ;;
  *) ${go.build ?? 'exit 1'} ;;
esac
`;
}

/** The archive of a release that holds one file, as k6 packs it. */
export function releaseArchive(folder: string, k6: string): { body: Buffer; checksum: string } {
  const name = 'k6-v2.2.0-linux-amd64';
  mkdirSync(join(folder, name));
  writeScript(join(folder, name, 'k6'), k6);
  execFileSync('tar', ['-czf', `${name}.tar.gz`, name], { cwd: folder });
  const body = readFileSync(join(folder, `${name}.tar.gz`));
  return { body, checksum: sha256(body) };
}

export function sha256(body: Buffer | string): string {
  return createHash('sha256').update(body).digest('hex');
}

/** An HTTP server on 127.0.0.1 that ends with the test; returns its address without a trailing slash. */
export async function serve(listener: RequestListener): Promise<string> {
  return listen(createServer(listener));
}

/** A proxy that opens every tunnel to `address`, whatever was asked for; `asked` gets what was. */
export async function serveProxy(address: string, asked: string[]): Promise<string> {
  const { port } = new URL(address);
  const server = createServer();
  server.on('connect', (request, socket: Socket) => {
    asked.push(request.url ?? '');
    const tunnel = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(tunnel).pipe(socket);
    });
    for (const end of [socket, tunnel]) end.on('error', () => tunnel.destroy());
  });
  return listen(server);
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}
