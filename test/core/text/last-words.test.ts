import { expect, test } from 'vitest';
import { lastWords } from '../../../scripts/core/text/last-words.ts';

test.each([
  [
    'Node',
    [
      'file:///shop/node_modules/grammy/out/bot.js:283',
      '            throw new BotError(error, ctx);',
      '                  ^',
      '',
      "BotError: Error in middleware: GrammyError: Call to 'sendMessage' failed! (429: Too Many Requests)",
      '    at Bot.handleUpdate (file:///shop/node_modules/grammy/out/bot.js:283:19) {',
      "  error: GrammyError: Call to 'sendMessage' failed!",
      '}',
      '',
      'Node.js v20.20.2',
    ],
    "BotError: Error in middleware: GrammyError: Call to 'sendMessage' failed! (429: Too Many Requests)",
  ],
  [
    'Node with a code',
    ['Error [ERR_MODULE_NOT_FOUND]: Cannot find x', '    at y', '', 'Node.js v20.20.2'],
    'Error [ERR_MODULE_NOT_FOUND]: Cannot find x',
  ],
  [
    'Python',
    ['Traceback (most recent call last):', '  File "bot.py", line 1, in <module>', 'ValueError: no token'],
    'ValueError: no token',
  ],
  [
    'Java',
    ['Exception in thread "main" java.lang.IllegalStateException: no token', '\tat Shop.main(Shop.java:3)'],
    'Exception in thread "main" java.lang.IllegalStateException: no token',
  ],
  [
    'Go',
    ['panic: no token', '', 'goroutine 1 [running]:', 'main.main()', 'exit status 2'],
    'panic: no token',
  ],
  [
    'Ruby',
    ["shop.rb:1:in `<main>': no token (RuntimeError)", "\tfrom shop.rb:9:in `run'"],
    "shop.rb:1:in `<main>': no token (RuntimeError)",
  ],
  [
    'Rust',
    ["thread 'main' panicked at src/main.rs:2:5: no token", 'note: run with `RUST_BACKTRACE=1`'],
    "thread 'main' panicked at src/main.rs:2:5: no token",
  ],
  ['what names no error', ['starting', 'killed by a full disk', ''], 'killed by a full disk'],
  ['words that only begin like one', ['ErrorReporter started', 'bye'], 'bye'],
])('the last words of %s', (_of, lines, words) => {
  expect(lastWords(lines)).toBe(words);
});

test('a process that said nothing has none', () => {
  expect(lastWords([])).toBeNull();
  expect(lastWords(['', '  '])).toBeNull();
});
