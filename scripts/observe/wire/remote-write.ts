import { fromBinary } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { HistogramState } from '../observation.ts';
import { histogramState } from './native-histogram.ts';
import { type TimeSeries, TimeSeriesSchema } from './remote-write_pb.ts';
import { inflateSnappy } from './snappy.ts';

/** What a push may cost at most. Everything is checked before the memory is spent. */
export interface WriteLimits {
  /** Body as sent. Default 4 MiB. */
  maxBodyBytes: number;
  /** Body inflated, as the snappy header announces it. Default 32 MiB. */
  maxInflatedBytes: number;
  /** Series in one push. Default 50,000. */
  maxSeries: number;
  /** One series with its labels and samples. Default 64 KiB. */
  maxSeriesBytes: number;
  /** Labels + samples + histograms of one series. Default 256. */
  maxSeriesParts: number;
  /** Characters of a label's name. Default 200. Values are bounded by `maxSeriesBytes`. */
  maxLabelNameLength: number;
}

export const WRITE_LIMITS: WriteLimits = {
  maxBodyBytes: 4 * 2 ** 20,
  maxInflatedBytes: 32 * 2 ** 20,
  maxSeries: 50_000,
  maxSeriesBytes: 64 * 2 ** 10,
  maxSeriesParts: 256,
  maxLabelNameLength: 200,
};

export interface PushedSeries {
  name: string;
  /** Without `__name__`. */
  labels: Readonly<Record<string, string>>;
  /** `at` in epoch ms. Stale markers are left out. */
  samples: readonly { at: number; value: number }[];
  histograms: readonly { at: number; state: HistogramState }[];
}

/** A push that cannot be read (`malformed`) or exceeds a limit (`too-large`). The message has no payload text. */
export class RemoteWriteError extends Error {
  readonly code: 'malformed' | 'too-large';

  constructor(code: 'malformed' | 'too-large', reason: string) {
    super(reason);
    this.name = 'RemoteWriteError';
    this.code = code;
  }
}

const NAME_LABEL = '__name__';
/** Field numbers of WriteRequest.timeseries and of TimeSeries.labels, samples, histograms. */
const TIMESERIES_FIELD = 1;
const SERIES_PARTS = new Set([1, 2, 4]);

/**
 * Reads the body of a Prometheus remote write 1.0 request: a snappy block that holds a WriteRequest.
 * @throws {RemoteWriteError} and nothing else, whatever the bytes are.
 */
export function decodeWriteRequest(body: Uint8Array, limits: WriteLimits = WRITE_LIMITS): PushedSeries[] {
  if (body.byteLength > limits.maxBodyBytes) {
    throw new RemoteWriteError(
      'too-large',
      `body has ${body.byteLength} bytes, at most ${limits.maxBodyBytes}`,
    );
  }
  const inflated = inflateSnappy(body, limits.maxInflatedBytes);
  if (!inflated.ok) {
    throw inflated.why === 'too-large'
      ? new RemoteWriteError('too-large', `body inflates to more than ${limits.maxInflatedBytes} bytes`)
      : new RemoteWriteError('malformed', 'body is not a snappy block');
  }
  return seriesSlices(inflated.bytes, limits).map((bytes) => readSeries(bytes, limits));
}

/**
 * Series are cut out one by one before any object is made: 32 MiB of empty messages would otherwise become
 * gigabytes of objects.
 */
function seriesSlices(bytes: Uint8Array, limits: WriteLimits): Uint8Array[] {
  const slices: Uint8Array[] = [];
  parseProtobuf(() => {
    forEachField(new BinaryReader(bytes), (reader, field, wireType) => {
      if (field !== TIMESERIES_FIELD || wireType !== WireType.LengthDelimited) return false;
      const slice = reader.bytes();
      if (slices.push(slice) > limits.maxSeries) {
        throw new RemoteWriteError('too-large', `push has more than ${limits.maxSeries} series`);
      }
      if (slice.byteLength > limits.maxSeriesBytes) {
        throw new RemoteWriteError('too-large', `a series has more than ${limits.maxSeriesBytes} bytes`);
      }
      return true;
    });
  });
  return slices;
}

function readSeries(bytes: Uint8Array, limits: WriteLimits): PushedSeries {
  const message = parseProtobuf(() => {
    let parts = 0;
    forEachField(new BinaryReader(bytes), (_, field) => {
      if (SERIES_PARTS.has(field) && ++parts > limits.maxSeriesParts) {
        throw new RemoteWriteError('too-large', `a series has more than ${limits.maxSeriesParts} parts`);
      }
      return false;
    });
    return fromBinary(TimeSeriesSchema, bytes, { readUnknownFields: false });
  });
  const { name, labels } = readLabels(message, limits);
  return { name, labels, samples: readSamples(message), histograms: readHistograms(message) };
}

function readLabels(message: TimeSeries, limits: WriteLimits): Pick<PushedSeries, 'name' | 'labels'> {
  const labels = new Map<string, string>();
  for (const { name, value } of message.labels) {
    if (name.length > limits.maxLabelNameLength) {
      throw new RemoteWriteError('too-large', `a label name is longer than ${limits.maxLabelNameLength}`);
    }
    if (name === '' || labels.has(name)) {
      throw new RemoteWriteError('malformed', 'a label name is empty or repeated');
    }
    labels.set(name, value);
  }
  const name = labels.get(NAME_LABEL);
  if (name === undefined || name === '') throw new RemoteWriteError('malformed', 'a series has no name');
  labels.delete(NAME_LABEL);
  return { name, labels: Object.fromEntries(labels) };
}

function readSamples(message: TimeSeries): PushedSeries['samples'] {
  return message.samples
    .filter(({ value }) => !Number.isNaN(value)) // a stale marker is a NaN
    .map(({ timestamp, value }) => {
      if (!Number.isFinite(value)) throw new RemoteWriteError('malformed', 'a sample is not finite');
      return { at: epochMs(timestamp), value };
    });
}

function readHistograms(message: TimeSeries): PushedSeries['histograms'] {
  return message.histograms
    .filter(({ sum }) => !Number.isNaN(sum)) // a stale marker is a NaN
    .map((histogram) => {
      const state = histogramState(histogram);
      if (typeof state === 'string') throw new RemoteWriteError('malformed', state);
      return { at: epochMs(histogram.timestamp), state };
    });
}

function epochMs(timestamp: bigint): number {
  const at = Number(timestamp);
  // The range of Date: anything beyond cannot be a time.
  if (at < 0 || at > 8.64e15) throw new RemoteWriteError('malformed', 'a sample time is no epoch time');
  return at;
}

/** Calls `read` for each field; it returns whether it consumed the value, else the value is skipped. */
function forEachField(
  reader: BinaryReader,
  read: (reader: BinaryReader, field: number, wireType: WireType) => boolean,
): void {
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (!read(reader, field, wireType)) reader.skip(wireType, field);
  }
}

/** The library throws plain errors on malformed input (RangeError for deep nesting included). */
function parseProtobuf<Result>(parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RemoteWriteError) throw error;
    throw new RemoteWriteError('malformed', 'body is not a protobuf WriteRequest');
  }
}
