import type { GoogleCredentials } from './google-credentials';
import { requestAccessToken, type AccessToken } from './token-endpoint';
import { TokenSource } from './token-source';
import { untilAborted } from '../concurrency/until-aborted';

/**
 * Caches the access tokens of all credentials, with at most one token request per credential at a
 * time.
 */
export class AccessTokenService {
  private readonly sources = new Map<string, TokenSource>();

  /** @param fetchToken reaches a token server */
  constructor(private readonly fetchToken: typeof fetch) {}

  /**
   * A valid token. An abort ends only this wait, because others may share the request.
   *
   * @throws TokenError if no token can be obtained
   * @throws the signal's reason if it is aborted
   */
  current(credentials: GoogleCredentials, signal: AbortSignal): Promise<AccessToken> {
    return untilAborted(this.sourceOf(credentials).current(), signal);
  }

  /** Forgets a rejected token: later callers get another one. */
  forget(refused: AccessToken, credentials: GoogleCredentials): void {
    this.sourceOf(credentials).forget(refused);
  }

  /**
   * Keyed by content, so that accounts with the same credential share a token, even after a reload.
   */
  private sourceOf(credentials: GoogleCredentials): TokenSource {
    const key = JSON.stringify(credentials);
    const known = this.sources.get(key);
    if (known !== undefined) {
      return known;
    }
    for (const [oldKey, source] of this.sources) {
      if (source.isIdle) {
        // The credential may have been replaced, and must not stay in memory for ever.
        this.sources.delete(oldKey);
      }
    }
    const source = new TokenSource(() => requestAccessToken(credentials, this.fetchToken));
    this.sources.set(key, source);
    return source;
  }
}
