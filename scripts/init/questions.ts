import { type CANCEL_SYMBOL, isCancel, select, text } from '@clack/prompts';
import { PeakproofError } from '../core/errors.ts';
import { EXIT } from '../core/exit-codes.ts';
import type { Io } from '../core/io.ts';
import { DEFAULT_WISHES, type ShopKind, type Wishes } from './wishes.ts';
import { problemWith } from './written-plan.ts';

const CTRL_D = '\u0004';

type Input = NonNullable<Io['stdin']>;

/** Asks on the terminal; the answers may be taken as they are. */
export async function askWishes(io: Io, input: Input): Promise<Wishes> {
  const stopped = new AbortController();
  // Ctrl-D ends the line, for which a prompt would wait without end.
  const watch = (typed: Buffer | string): void => {
    if (typed.includes(CTRL_D)) stopped.abort();
  };
  input.on('data', watch);
  try {
    return await ask(io, input, stopped.signal);
  } finally {
    input.off('data', watch);
  }
}

async function ask(io: Io, input: Input, signal: AbortSignal): Promise<Wishes> {
  const stream = { input, output: io.stderr, signal };
  const wishes: Wishes = { ...DEFAULT_WISHES };
  /** An empty answer stands for the default. */
  const checked = (key: 'target' | 'orders') => (typed: string | undefined) =>
    (typed && problemWith({ ...wishes, [key]: typed }, io.env)) || undefined;
  wishes.shop = answered(
    await select<ShopKind>({
      ...stream,
      message: 'How do shoppers order?',
      options: [
        { value: 'checkout', label: 'Web checkout', hint: 'REST or GraphQL' },
        { value: 'telegram', label: 'Telegram bot' },
        { value: 'chat', label: 'Chat' },
      ],
    }),
  );
  const target = answered(
    await text({
      ...stream,
      message: 'Where is the target? (empty: the built-in demo shop)',
      placeholder: 'http://127.0.0.1:3000',
      defaultValue: '',
      validate: checked('target'),
    }),
  );
  wishes.target = target === '' ? null : target;
  wishes.orders = answered(
    await text({
      ...stream,
      message: `How many orders do you expect in ${wishes.window}?`,
      placeholder: wishes.orders,
      defaultValue: wishes.orders,
      validate: checked('orders'),
    }),
  );
  return wishes;
}

function answered<Answer>(answer: Answer | typeof CANCEL_SYMBOL): Answer {
  if (!isCancel(answer)) return answer;
  throw new PeakproofError({
    code: 'interrupted',
    message: 'stopped; nothing was written',
    hint: 'run it again, or say it all at once: peakproof init --shop checkout --orders 60k',
    exitCode: EXIT.noVerdict,
  });
}
