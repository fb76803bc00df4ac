import { type BadKind, VOUCHER_REQUEST } from '../../../k6/contract.ts';
import { CANARY_PREFIX } from '../../core/canary.ts';
import { PeakproofError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit-codes.ts';
import { formatDurationMs } from '../../core/quantities.ts';
import type { ProbeObservation } from '../../observe/observation.ts';
import type { Child } from '../processes/child.ts';
import { describeExit } from '../processes/target.ts';

type Listener = (probe: ProbeObservation) => void;

/** Waits for good canaries of every journey, whichever processes send them. */
export class CanaryStreaks {
  readonly #journeys: readonly string[];
  readonly #listeners = new Set<Listener>();
  readonly #probers: Child[] = [];

  constructor(journeys: readonly string[]) {
    this.#journeys = journeys;
  }

  readonly add = (probe: ProbeObservation): void => {
    for (const listener of [...this.#listeners]) listener(probe);
  };

  /** Without this process no more canaries come, so nothing is waited for any longer. */
  dependOn(prober: Child): void {
    this.#probers.push(prober);
  }

  /**
   * Waits until every journey has had one good canary.
   * @throws PeakproofError `target-not-reachable` (exit 4) when that takes longer than `withinMs`.
   */
  async firstGood(withinMs: number, baseUrl: string, signal: AbortSignal): Promise<void> {
    let lastBad: ProbeObservation | null = null;
    const reached = await this.#wait(1, withinMs, signal, (probe) => {
      lastBad = probe;
    });
    if (!reached) throw await notReachable(this.#probers, baseUrl, withinMs, lastBad);
  }

  /** Waits until each journey's newest `count` canaries are good. False when that takes longer than `withinMs`. */
  good(count: number, withinMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#wait(count, withinMs, signal, () => {});
  }

  #wait(count: number, withinMs: number, signal: AbortSignal, onBad: Listener): Promise<boolean> {
    const streaks = new Map(this.#journeys.map((journey) => [journey, 0]));
    return new Promise((resolve) => {
      const settle = (reached: boolean): void => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
        signal.removeEventListener('abort', onAbort);
        resolve(reached);
      };
      const onAbort = (): void => settle(false);
      const listener = (probe: ProbeObservation): void => {
        const good = probe.outcome !== 'bad' && probe.outcome !== 'generator';
        streaks.set(probe.journey, good ? (streaks.get(probe.journey) ?? 0) + 1 : 0);
        if (!good) onBad(probe);
        if ([...streaks.values()].every((streak) => streak >= count)) settle(true);
      };
      const timer = setTimeout(() => settle(false), withinMs);
      this.#listeners.add(listener);
      signal.addEventListener('abort', onAbort);
      for (const { exited } of this.#probers) void exited.then(() => settle(false));
      if (signal.aborted) settle(false);
    });
  }
}

async function notReachable(
  probers: readonly Child[],
  baseUrl: string,
  withinMs: number,
  lastBad: ProbeObservation | null,
): Promise<PeakproofError> {
  const gone = await Promise.race([...probers.map(({ exited }) => exited), Promise.resolve(null)]);
  if (gone) {
    return new PeakproofError({
      code: 'prober-failed',
      message: `the prober ended before its first canary: ${describeExit(gone.code, gone.signal)}`,
      hint: 'run `peakproof doctor`; if it finds nothing, report this with the lines above',
      exitCode: EXIT.environment,
      details: gone.lastLines,
    });
  }
  const last = lastBad ? badCanary(lastBad) : 'no answer';
  const voucher =
    lastBad?.name === VOUCHER_REQUEST ? `; the promo partner must see it redeemed ${CANARY_KEYS}` : '';
  const silent = lastBad === null || SILENT.includes(lastBad.kind);
  return new PeakproofError({
    code: 'target-not-reachable',
    message: `no good canary order at ${baseUrl} within ${formatDurationMs(withinMs)} (last: ${last}); no load was sent`,
    hint: `${silent ? 'start the target, or check target.baseUrl' : 'check the journey named above'}; \`peakproof check\` shows every request and answer of such an order, unless it is a script for k6${voucher}`,
    exitCode: EXIT.environment,
  });
}

/** Nothing answers at the address. */
const SILENT: readonly (BadKind | null)[] = ['refused', 'reset', 'network', 'timeout'];

/** How a voucher must be redeemed for the promo partner to know that it is a canary's. */
export const CANARY_KEYS = `under a user or an order key that begins with ${CANARY_PREFIX} as the shopper's own does`;

function badCanary({ journey, kind, name, detail }: ProbeObservation): string {
  return `${journey}: ${kind}${name ? ` at ${name}` : ''}${detail ? `, ${detail}` : ''}`;
}
