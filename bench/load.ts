import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { forkProcess, stopChild } from './child';

/** A request to be repeated. */
export interface Shot {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** A shorter response is incomplete. */
  readonly minBytes: number;
}

export interface Burst {
  readonly shot: Shot;
  readonly requests: number;
  /** The number of clients; each sends its next request once it has its response. */
  readonly concurrency: number;
  /** How long a client waits before it reads the body, in milliseconds. */
  readonly holdMs: number;
}

export interface Probe {
  readonly shot: Shot;
  readonly everyMs: number;
}

export interface BurstResult {
  readonly elapsedMs: number;
  readonly latenciesMs: readonly number[];
  readonly bytes: number;
  readonly faults: readonly string[];
}

export type LoadOrder =
  | (Burst & { readonly kind: 'burst' })
  | (Probe & { readonly kind: 'probe' })
  | { readonly kind: 'probed' };

/** The process that sends requests, as seen by the one that measures. */
export class LoadGenerator {
  private readonly child: ChildProcess = forkProcess('load.process.js');

  /**
   * @throws Error if any request failed: figures that include failures are meaningless
   */
  async burst(burst: Burst): Promise<BurstResult> {
    return this.ask({ kind: 'burst', ...burst });
  }

  startProbe(probe: Probe): void {
    this.child.send({ kind: 'probe', ...probe } satisfies LoadOrder);
  }

  /**
   * @throws Error if any probe failed
   */
  endProbe(): Promise<BurstResult> {
    return this.ask({ kind: 'probed' });
  }

  stop(): Promise<void> {
    return stopChild(this.child);
  }

  private async ask(order: LoadOrder): Promise<BurstResult> {
    const response = once(this.child, 'message');
    this.child.send(order);
    const [result] = (await response) as [BurstResult];
    const [fault] = result.faults;
    if (fault !== undefined) {
      throw new Error(`${result.faults.length} request(s) failed, one with: ${fault}`);
    }
    return result;
  }
}
