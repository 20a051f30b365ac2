import type { AccessToken } from './token-endpoint';

/** A token is renewed this long before it expires, or at half its lifetime if that is shorter. */
const RENEWED_EARLY_MS = 5 * 60_000;

/** It is not used in its last seconds or its last tenth: a call takes time to arrive. */
const MARGIN_MS = 5000;

/** How long to wait after a failed early renewal; the current token is still valid. */
const NEXT_RENEWAL_MS = 30_000;

/**
 * The tokens of one credential: the current one, and at most one request for the next, which all
 * callers share.
 */
export class TokenSource {
  private token: AccessToken | undefined;
  private request: Promise<AccessToken> | undefined;
  /**
   * From then on a new token is requested while the current one is still valid; epoch milliseconds.
   */
  private renewAt = 0;
  /** From then on the current token is no longer used. */
  private uselessAt = 0;

  /**
   * @param requestToken requests a new token
   * @param now epoch milliseconds
   */
  constructor(
    private readonly requestToken: () => Promise<AccessToken>,
    private readonly now: () => number = Date.now,
  ) {}

  /** Whether nothing would be lost by discarding this source. */
  get isIdle(): boolean {
    return this.request === undefined && this.usable() === undefined;
  }

  /** A valid token; waits only if there is none. */
  current(): Promise<AccessToken> {
    const token = this.usable();
    if (token === undefined) {
      return this.renewed();
    }
    if (this.now() >= this.renewAt && this.request === undefined) {
      this.renewed().catch(() => {
        this.renewAt = this.now() + NEXT_RENEWAL_MS;
      });
    }
    return Promise.resolve(token);
  }

  /**
   * Discards a rejected token. Many calls may report the same one, and only one new token is
   * requested.
   */
  forget(refused: AccessToken): void {
    if (this.token?.value === refused.value) {
      this.token = undefined;
    }
  }

  private usable(): AccessToken | undefined {
    return this.now() < this.uselessAt ? this.token : undefined;
  }

  /** The pending request, or a new one. */
  private renewed(): Promise<AccessToken> {
    this.request ??= this.renew().finally(() => {
      this.request = undefined;
    });
    return this.request;
  }

  private async renew(): Promise<AccessToken> {
    const token = await this.requestToken();
    const lifetimeMs = token.expiresAt - this.now();
    this.renewAt = token.expiresAt - Math.min(RENEWED_EARLY_MS, lifetimeMs / 2);
    this.uselessAt = token.expiresAt - Math.min(MARGIN_MS, lifetimeMs / 10);
    this.token = token;
    return token;
  }
}
