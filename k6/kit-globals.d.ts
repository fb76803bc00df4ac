// What orders in own code may use beside the language: k6 and Node both have it.
declare const console: Record<'debug' | 'error' | 'info' | 'log' | 'warn', (...values: unknown[]) => void>;
