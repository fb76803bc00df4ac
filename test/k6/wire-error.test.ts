import { expect, test } from 'vitest';
import { wireError } from '../../k6/wire-error.ts';

// Messages as k6 2.2 passes them on from Go.

test.each([
  ['EMFILE', 1213, 'dial tcp 127.0.0.1:8080: socket: too many open files'],
  ['EMFILE in a look-up', 1100, 'lookup shop.test on 127.0.0.1:53: dial udp: socket: too many open files'],
  ['ENFILE on Linux', 1213, 'dial tcp 127.0.0.1:8080: socket: too many open files in system'],
  ['EADDRNOTAVAIL on Linux', 1213, 'dial tcp 127.0.0.1:8080: connect: cannot assign requested address'],
  ['EADDRNOTAVAIL on macOS', 1213, "dial tcp 127.0.0.1:8080: connect: can't assign requested address"],
  ['ENOMEM', 1213, 'dial tcp 127.0.0.1:8080: socket: cannot allocate memory'],
  ['ENOBUFS', 1213, 'dial tcp 127.0.0.1:8080: connect: no buffer space available'],
])('%s is of this machine, never the target’s', (_name, code, message) => {
  expect(wireError(code, message)).toBe('local');
});

test.each([
  [1050, 'request timeout', 'timeout'],
  [1211, 'dial: i/o timeout', 'timeout'],
  [1212, 'dial tcp 127.0.0.1:8080: connect: connection refused', 'refused'],
  [1220, 'read: connection reset by peer', 'reset'],
  [1201, 'write: broken pipe', 'reset'],
  [1000, 'Post "http://127.0.0.1:8080/orders": EOF', 'reset'],
  [1100, 'lookup shop.test: no such host', 'network'],
])('%i %s is the target’s: %s', (code, message, kind) => {
  expect(wireError(code, message)).toBe(kind);
});

test('words of this machine that the target said itself are the target’s', () => {
  expect(wireError(1000, 'malformed HTTP response "too many open files"')).toBe('network');
});
