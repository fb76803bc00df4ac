import type { WireError } from './effects.ts';

/**
 * k6's error codes (lib/netext/httpext/error_codes.go): 1050 request timeout, 1100 DNS, 1201 broken pipe,
 * 1211 dial timeout, 1212 refused, 1220 reset; 1000 with EOF is a connection that the target closed.
 */
export const wireError = (code: number, message: string): WireError => {
  switch (code) {
    case 1050:
    case 1211:
      return 'timeout';
    case 1212:
      return 'refused';
    case 1201:
    case 1220:
      return 'reset';
  }
  // 1000 may quote what the target sent, so it is not searched for words of this machine.
  if (code !== 1000 && isLocal(message)) return 'local';
  return code === 1000 && /(^|[ :])(unexpected )?EOF$|server closed idle connection/.test(message)
    ? 'reset'
    : 'network';
};

/**
 * EMFILE, ENFILE, EADDRNOTAVAIL, ENOMEM, ENOBUFS as Go words them (syscall/zerrors_linux_*.go, zerrors_darwin_*.go).
 * (A regexp at top level costs a VU 25 kB.)
 */
const isLocal = (message: string): boolean =>
  message.includes('too many open files') ||
  message.includes('cannot assign requested address') ||
  // macOS
  message.includes("can't assign requested address") ||
  message.includes('cannot allocate memory') ||
  message.includes('no buffer space');
