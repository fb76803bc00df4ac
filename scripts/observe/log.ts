import { crc32 } from 'node:zlib';
import type { Observation, ObservationOf } from './observation.ts';

// The observation log: one line an observation, `{"seq":1,"crc":"xxxxxxxx","o":{...}}`. `seq` counts from 1
// without a gap; `crc` is the CRC-32 of `seq:` and the text of `o`.

export interface LogDamage {
  /** From 1. */
  line: number;
  reason: string;
}

export interface LogEnd {
  /** The file ends inside a line: whoever wrote it was killed. That line is dropped. */
  torn: boolean;
  /** The first line that is not what was written; nothing is read from there on. */
  damage: LogDamage | null;
}

/** Longest line that is read: a step's schedule of many hours takes about 1 MB. */
const MAX_LINE_BYTES = 64 * 2 ** 20;
/** Longest that what stands before the content can be. */
const MAX_HEAD_BYTES = 64;
const NEWLINE = 10;

/** What fields of a type nearly always are: then they are left out, as there are very many of these. */
const USUAL = {
  probe: { outcome: 'good', kind: null, item: null, cafe: null, name: null, detail: null },
  cpu: { cpuRatio: null, waitedRatio: null, rssBytes: null },
} as const;

/** One line, newline included. */
export function encodeLine(seq: number, observation: Observation): string {
  const body = JSON.stringify(written(observation));
  return `{"seq":${seq},"crc":"${checksum(seq, body)}","o":${body}}\n`;
}

/** Reads a log piece by piece; pieces may end anywhere, inside a character too. They must not change afterwards. */
export class LogReader {
  readonly #visit: (observation: Observation) => void;
  #rest: Buffer[] = [];
  #restLength = 0;
  #line = 0;
  #damage: LogDamage | null = null;

  constructor(visit: (observation: Observation) => void) {
    this.#visit = visit;
  }

  get damaged(): boolean {
    return this.#damage !== null;
  }

  push(piece: Buffer): void {
    let from = 0;
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, from)) {
      this.#read(this.#lineUntil(piece.subarray(from, end)));
      from = end + 1;
    }
    if (from < piece.length) this.#keep(piece.subarray(from));
    if (this.#restLength > MAX_LINE_BYTES) {
      this.#damage ??= { line: this.#line + 1, reason: 'a line is longer than any observation' };
    }
    if (this.#damage) this.#forget();
  }

  end(): LogEnd {
    return { torn: this.#restLength > 0, damage: this.#damage };
  }

  #lineUntil(end: Buffer): Buffer {
    if (this.#restLength === 0) return end;
    const line = Buffer.concat([...this.#rest, end]);
    this.#forget();
    return line;
  }

  #keep(part: Buffer): void {
    this.#rest.push(part);
    this.#restLength += part.length;
  }

  #forget(): void {
    this.#rest = [];
    this.#restLength = 0;
  }

  #read(line: Buffer): void {
    if (this.#damage) return;
    this.#line++;
    const read = decodeLine(line, this.#line);
    if (typeof read === 'string') this.#damage = { line: this.#line, reason: read };
    else this.#visit(read);
  }
}

/** Everything in a log at once. */
export function parseLog(text: string): LogEnd & { observations: Observation[] } {
  const observations: Observation[] = [];
  const reader = new LogReader((observation) => observations.push(observation));
  reader.push(Buffer.from(text));
  return { observations, ...reader.end() };
}

/** The observation, or why the line is not what was written. */
function decodeLine(line: Buffer, expectedSeq: number): Observation | string {
  const match = /^\{"seq":(\d{1,15}),"crc":"([0-9a-f]{8})","o":\{/.exec(
    line.toString('latin1', 0, MAX_HEAD_BYTES),
  );
  if (!match || line.toString('latin1', line.length - 2) !== '}}') return 'not a line of an observation log';
  const [head, seqText = '', crc = ''] = match;
  const body = line.subarray(head.length - 1, -1);
  const seq = Number(seqText);
  if (checksum(seq, body) !== crc) return 'the checksum does not fit the content';
  if (seq !== expectedSeq) return `sequence number ${seq} where ${expectedSeq} belongs`;
  try {
    // The checksum says that it is what encodeLine wrote.
    return understood(JSON.parse(body.toString()));
  } catch {
    return 'not JSON';
  }
}

/**
 * As it is written: times of samples from that of their push, a canary's start from when it was due, and without what is
 * usual.
 */
function written(observation: Observation): object {
  if (observation.type === 'push') return sinceIts(observation);
  if (observation.type !== 'probe' && observation.type !== 'cpu') return observation;
  const usual: Readonly<Record<string, unknown>> = USUAL[observation.type];
  const fields = Object.entries(observation).filter(
    ([name, value]) => !(name in usual) || usual[name] !== value,
  );
  const line = Object.fromEntries(fields);
  return observation.type === 'probe'
    ? { ...line, startedAt: observation.startedAt - observation.scheduledAt }
    : line;
}

/** The opposite; in the parsed object itself, since a copy is slow to make. What it is not is found out by its readers. */
function understood(read: { type?: unknown }): Observation {
  const fields = read as Record<string, unknown>;
  if (read.type === 'push') {
    for (const list of [fields['samples'], fields['histograms']]) {
      if (Array.isArray(list)) for (const one of list) if (Array.isArray(one)) one[1] += fields['at'];
    }
  } else if (read.type === 'probe' || read.type === 'cpu') {
    const usual: Readonly<Record<string, unknown>> = USUAL[read.type];
    for (const name in usual) fields[name] ??= usual[name];
    if (read.type === 'probe')
      fields['startedAt'] = Number(fields['startedAt']) + Number(fields['scheduledAt']);
  }
  return read as Observation;
}

function sinceIts(push: ObservationOf<'push'>): object {
  const since = (list: unknown) =>
    Array.isArray(list) ? list.map(([id, at, value]) => [id, at - push.at, value]) : list;
  return { ...push, samples: since(push.samples), histograms: since(push.histograms) };
}

function checksum(seq: number, body: string | Buffer): string {
  return crc32(body, crc32(`${seq}:`))
    .toString(16)
    .padStart(8, '0');
}
