import { setMaxListeners } from 'node:events';
import { GatewayError } from '../errors/gateway-error';
import { ClientGoneError } from './client-gone.error';

/** Every request ends with it, those that were sent whole as well: to make one for each took 13 µs, for its stack. */
const CLIENT_GONE = new ClientGoneError();

/** setTimeout fires at once when given more than 31 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Which of a request's signals: its end, its end or deadline, or these or that nothing more may be begun. */
export type SignalName = 'closed' | 'ended' | 'beginnings';

/** The signals of one request, each made on first use, and its deadline. */
export class RequestSignals {
  private readonly controllers = new Map<SignalName, AbortController>();
  private readonly reasons = new Map<SignalName, Error>();
  private deadline: { readonly at: number; readonly timer: NodeJS.Timeout } | undefined;

  get(name: SignalName): AbortSignal {
    let controller = this.controllers.get(name);
    if (controller === undefined) {
      controller = new AbortController();
      // Every image listens, more than the ten that Node takes for a leak.
      setMaxListeners(0, controller.signal);
      const reason = this.reasons.get(name);
      if (reason !== undefined) {
        controller.abort(reason);
      }
      this.controllers.set(name, controller);
    }
    return controller.signal;
  }

  /** The deadline in epoch milliseconds; Infinity where there is none. */
  get deadlineAt(): number {
    return this.deadline?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Later calls do nothing. */
  startDeadline(leftMs: number): void {
    if (this.deadline === undefined) {
      const timer = setTimeout(
        () => {
          const reason = deadlinePassed();
          this.abort('beginnings', reason);
          this.abort('ended', reason);
        },
        Math.min(leftMs, LONGEST_TIMER_MS),
      );
      this.deadline = { at: Date.now() + leftMs, timer };
    }
  }

  /** Nothing that costs may be begun from now on. */
  forbidBeginnings(): void {
    this.abort('beginnings', CLIENT_GONE);
  }

  /** The end of the request. */
  close(): void {
    clearTimeout(this.deadline?.timer);
    this.abort('closed', CLIENT_GONE);
    this.abort('beginnings', CLIENT_GONE);
    this.abort('ended', CLIENT_GONE);
  }

  private abort(name: SignalName, reason: Error): void {
    if (!this.reasons.has(name)) {
      this.reasons.set(name, reason);
      this.controllers.get(name)?.abort(reason);
    }
  }
}

function deadlinePassed(): GatewayError {
  return new GatewayError(
    {
      kind: 'upstream_timeout',
      message: 'The request could not be completed within its deadline.',
    },
    { reason: 'deadline' },
  );
}
