import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { EXIT, type ExitCode, PeakproofError } from '../core/errors.ts';
import { canRedraw, type Io } from '../core/io.ts';
import { askWishes } from '../init/questions.ts';
import { DEFAULT_WISHES, type ShopKind, type Wishes } from '../init/wishes.ts';
import { writtenPlan } from '../init/written-plan.ts';

export interface InitOptions {
  dir: string;
  shop?: ShopKind | undefined;
  target?: string | undefined;
  orders?: string | undefined;
  window?: string | undefined;
}

/** `peakproof init`: writes a launch plan that works as it is; asks on a terminal when no option says anything. */
export async function init(io: Io, options: InitOptions): Promise<ExitCode> {
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
