import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Argv } from 'yargs';
import { PeakproofError } from '../core/errors.ts';
import { EXIT, type ExitCode } from '../core/exit-codes.ts';
import { canRedraw, type Io } from '../core/io.ts';
import { askWishes } from '../init/questions.ts';
import { DEFAULT_WISHES, SHOP_KINDS, type Wishes } from '../init/wishes.ts';
import { writtenPlan } from '../init/written-plan.ts';
import { command, type OptionsOf } from './shared/command.ts';

const declareOptions = (parser: Argv) =>
  parser
    .positional('dir', {
      type: 'string',
      default: '.',
      describe: 'Folder that gets launch.yaml; a file that exists is never overwritten',
    })
    .option('shop', { choices: SHOP_KINDS, describe: 'How shoppers order (default: checkout)' })
    .option('target', {
      type: 'string',
      describe: 'Address of your shop (default: the plan starts the built-in demo shop)',
    })
    .option('orders', { type: 'string', describe: 'Orders that you expect (default: 60k)' })
    .option('window', { type: 'string', describe: 'Time in which you expect them (default: 9h)' });

type InitOptions = OptionsOf<typeof declareOptions>;

export const initCommand = command({
  line: 'init [dir]',
  about: 'Write a launch plan to start from; asks on a terminal, unless an option says what you want',
  options: declareOptions,
  examples: [
    ['$0 init', 'at most three questions'],
    ['$0 init spring --shop telegram', 'spring/launch.yaml, which runs as it is'],
    ['$0 init --shop chat --target http://127.0.0.1:3000 --orders 15k --window 6h', 'your own'],
  ],
  run: init,
});

/** `peakproof init`: writes a launch plan that works as it is; asks on a terminal when no option says anything. */
async function init(io: Io, options: InitOptions): Promise<ExitCode> {
  const shown = join(options.dir, 'launch.yaml');
  const file = resolve(io.cwd, shown);
  if (existsSync(file)) throw planExists(shown);
  const wishes = await wishesOf(io, options);
  await writeNew(file, shown, writtenPlan(wishes, io.env));
  const { shop, target, orders, window } = wishes;
  io.stdout.write(
    `wrote ${shown}: ${shop} at ${target ?? 'the built-in demo shop'}, ${orders} orders in ${window}\n` +
      `next: peakproof check ${shown}    one order, shown request by request\n` +
      `      peakproof run ${shown}      the rehearsal\n`,
  );
  return EXIT.ok;
}

async function wishesOf(io: Io, options: InitOptions): Promise<Wishes> {
  const { shop, target, orders, window } = options;
  const saidNothing = [shop, target, orders, window].every((option) => option === undefined);
  if (saidNothing && io.stdin?.isTTY && canRedraw(io)) return await askWishes(io, io.stdin);
  return {
    shop: shop ?? DEFAULT_WISHES.shop,
    target: target ?? DEFAULT_WISHES.target,
    orders: orders ?? DEFAULT_WISHES.orders,
    window: window ?? DEFAULT_WISHES.window,
  };
}

async function writeNew(file: string, shown: string, text: string): Promise<void> {
  try {
    // Not recursive: in folders of the kernel's own Node would try that for ever.
    await mkdir(dirname(file)).catch(() => {});
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (reason === 'EEXIST' && existsSync(file)) throw planExists(shown);
    throw new PeakproofError({
      code: 'plan-not-writable',
      message: `can't write ${shown}: ${reason}`,
      hint: 'name a folder that you may write to: peakproof init <dir>',
      exitCode: EXIT.environment,
    });
  }
}

const planExists = (shown: string): PeakproofError =>
  new PeakproofError({
    code: 'plan-exists',
    message: `${shown} exists and is left as it is`,
    hint: 'name another folder: peakproof init <dir>',
    exitCode: EXIT.usage,
  });
