import type { AccessToken } from './token-endpoint';

/** A token is renewed this long before it expires, or at half its life where that is shorter. */
const RENEWED_EARLY_MS = 5 * 60_000;

/** Nor is it shown in its last seconds, or its last tenth: a call takes time to arrive. */
const MARGIN_MS = 5000;

/** An early renewal that failed is not tried again for this long; the token at hand still serves. */
const NEXT_RENEWAL_MS = 30_000;

/**
 * The tokens of one credential: the one at hand, and at most one request for the next, which all
 * who need it share.
 */
export class TokenSource {
  private token: AccessToken | undefined;
  private request: Promise<AccessToken> | undefined;
  /** From then on a new one is asked for while the one at hand still serves; epoch milliseconds. */
  private renewAt = 0;
  /** From then on the one at hand does not serve any more. */
  private uselessAt = 0;

  /**
   * @param requestToken asks for a new token
   * @param now epoch milliseconds
   */
  constructor(
    private readonly requestToken: () => Promise<AccessToken>,
    private readonly now: () => number = Date.now,
  ) {}

  /** Nothing would be lost by forgetting this source. */
  get isIdle(): boolean {
    return this.request === undefined && this.usable() === undefined;
  }

  /** A token that is in force; waits only when there is none. */
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

  /** Gives up a token that was refused: many calls may be refused the same, and one asks for the next. */
  forget(refused: AccessToken): void {
    if (this.token?.value === refused.value) {
      this.token = undefined;
    }
  }

  private usable(): AccessToken | undefined {
    return this.now() < this.uselessAt ? this.token : undefined;
  }

  /** The request at work, or a new one. */
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
