/**
 * Whether a line of a process' stderr is the head of an error report, as Node, Python, Java, Go, Ruby and Rust print
 * it: `TypeError: …`, `Exception in thread "main" …`, `panic: …`, `thread 'main' panicked at …`. Lines of a stack trace
 * and what a report quotes inside are indented.
 */
export function namesError(line: string): boolean {
  return /^\S/.test(line) && (ERROR_CLASS.test(line) || PANIC.test(line));
}

const ERROR_CLASS = /(?:^|[\s(.:])(?:[A-Z]\w*)?(?:Error|Exception)\b(?::|\)|$| \[| in )/;
const PANIC = /^(?:panic|fatal error|FATAL\b.*): |panicked at /;

/** What a process that ended said of it: its newest line that names an error, else its newest line; null if none. */
export function lastWords(lines: readonly string[]): string | null {
  const said = lines.filter((line) => line.trim() !== '');
  return said.findLast(namesError) ?? said.at(-1) ?? null;
}
