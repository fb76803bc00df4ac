import { expect, test } from 'vitest';
import { TokenBucket } from '../../scripts/core/token-bucket.ts';

test('lets its burst through at once, then one each time that it has filled up', () => {
  const bucket = new TokenBucket(2, 3);
  expect([0, 0, 0, 0, 250].map((nowMs) => bucket.take(nowMs))).toEqual([0, 0, 0, 500, 250]);
  expect([500, 500].map((nowMs) => bucket.take(nowMs))).toEqual([0, 500]);
});

test('never holds more than its burst', () => {
  const bucket = new TokenBucket(2, 3);
  bucket.take(0);
  bucket.fill(3_600_000);
  expect(bucket.tokens).toBe(3);
});

test('gives out many at once, and says when so many will be there', () => {
  const bucket = new TokenBucket(10, 100);
  bucket.fill(0);
  bucket.use(60);
  expect([bucket.tokens, bucket.msUntil(50), bucket.msUntil(100)]).toEqual([40, 1_000, 6_000]);
  bucket.fill(1_000);
  expect(bucket.tokens).toBe(50);
  bucket.use(50.000_001);
  expect(bucket.tokens).toBe(0);
});
