import { readFileSync } from 'node:fs';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import snappy from 'snappyjs';
import { WriteRequestSchema } from '../../../scripts/observe/wire/remote-write_pb.ts';

export type WriteRequestInit = MessageInitShape<typeof WriteRequestSchema>;
export type SeriesInit = NonNullable<WriteRequestInit['timeseries']>[number];

/** A remote-write body as a client would send it. */
export function pushBody(timeseries: NonNullable<WriteRequestInit['timeseries']>): Uint8Array {
  return snappy.compress(toBinary(WriteRequestSchema, create(WriteRequestSchema, { timeseries })));
}

/** `{__name__: 'x', ...}` as labels, sorted as the protocol wants. */
export function labelsOf(labels: Record<string, string>): { name: string; value: string }[] {
  return Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
}

/** Real pushes of k6 v2.2.0, 60 orders/s for 10 s, 1 in 20 answered with 500, with native histograms. */
export function capturedPush(name: 'first' | 'sixth' | 'stale-markers'): Uint8Array {
  return readFileSync(new URL(`../../fixtures/pushes/${name}.bin`, import.meta.url));
}
