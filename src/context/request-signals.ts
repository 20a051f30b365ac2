import { setMaxListeners } from 'node:events';
import { GatewayError } from '../errors/gateway-error';
import { ClientGoneError } from './client-gone.error';

/**
 * Every request ends with this error, including those whose response was sent. Creating one per
 * request took 13 µs, for its stack.
 */
const CLIENT_GONE = new ClientGoneError();

/** setTimeout fires immediately if given more than 31 bits. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * The signals of a request: its end; its end or deadline; and any of these, or that no further paid
 * call may begin.
 */
export type SignalName = 'closed' | 'ended' | 'newCalls';

/** The signals of one request, each created on first use, and its deadline. */
export class RequestSignals {
  private readonly controllers = new Map<SignalName, AbortController>();
  private readonly reasons = new Map<SignalName, Error>();
  private deadline: { readonly at: number; readonly timer: NodeJS.Timeout } | undefined;

  get(name: SignalName): AbortSignal {
    let controller = this.controllers.get(name);
    if (controller === undefined) {
      controller = new AbortController();
      // Every image adds a listener, more than the ten that Node considers a leak.
      setMaxListeners(0, controller.signal);
      const reason = this.reasons.get(name);
      if (reason !== undefined) {
        controller.abort(reason);
      }
      this.controllers.set(name, controller);
    }
    return controller.signal;
  }

  /** The deadline in epoch milliseconds; Infinity if there is none. */
  get deadlineAt(): number {
    return this.deadline?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Later calls do nothing. */
  startDeadline(leftMs: number): void {
    if (this.deadline === undefined) {
      const timer = setTimeout(
        () => {
          const reason = deadlinePassed();
          this.abort('newCalls', reason);
          this.abort('ended', reason);
        },
        Math.min(leftMs, MAX_TIMER_MS),
      );
      this.deadline = { at: Date.now() + leftMs, timer };
    }
  }

  /** From now on no paid call may begin. */
  forbidNewCalls(): void {
    this.abort('newCalls', CLIENT_GONE);
  }

  /** Ends the request. */
  close(): void {
    clearTimeout(this.deadline?.timer);
    this.abort('closed', CLIENT_GONE);
    this.abort('newCalls', CLIENT_GONE);
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
