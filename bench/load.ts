import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { forkProcess, stopChild } from './child';

/** A request to be made many times. */
export interface Shot {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** A response with fewer bytes than this is not whole. */
  readonly minBytes: number;
}

export interface Burst {
  readonly shot: Shot;
  readonly requests: number;
  /** How many clients there are; each sends its next request when it has its response. */
  readonly concurrency: number;
  /** How long a client takes nothing once the headers are there, in milliseconds. */
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

/** The process that sends requests, seen from the one that measures. */
export class LoadGenerator {
  private readonly child: ChildProcess = forkProcess('load.process.js');

  /** @throws Error when any request failed: a figure made of failures means nothing */
  async burst(burst: Burst): Promise<BurstResult> {
    return this.ask({ kind: 'burst', ...burst });
  }

  startProbe(probe: Probe): void {
    this.child.send({ kind: 'probe', ...probe } satisfies LoadOrder);
  }

  /** @throws Error when any probe failed */
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
