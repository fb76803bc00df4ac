/** Why a run ends before its schedule does. */
export type EndCause = 'interrupted' | 'died' | 'child-died' | 'target-died' | 'not-recovered';

/** The one place that knows whether, and why, the run must end early. The first cause counts. */
export class EarlyEnd {
  cause: EndCause | null = null;
  readonly ended: Promise<EndCause>;
  /** Aborted when the run must end early: for waits that take a signal. */
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  #resolve: (cause: EndCause) => void = () => {};

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.signal = this.#controller.signal;
  }

  end(cause: EndCause): void {
    if (this.cause !== null) return;
    this.cause = cause;
    this.#resolve(cause);
    this.#controller.abort();
  }
}
