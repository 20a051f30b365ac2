import { gaxios, GoogleAuth, JWT, UserRefreshClient, type AuthClient } from 'google-auth-library';
import {
  readGoogleCredentials,
  type AuthorizedUserCredentials,
  type GoogleCredentials,
  type ServiceAccountCredentials,
} from './google-credentials';
import { classifyTokenError, TokenError } from './token-failure';
import { isVertexProject } from './vertex';
import { untilAborted } from '../concurrency/until-aborted';
import { proxiedFetch } from '../wire/proxied-fetch';

/** Sent as a bearer token with each call until it expires. */
export interface AccessToken {
  readonly value: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** The project that is billed for the call, if the credential names one. */
  readonly quotaProject?: string;
}

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** google-auth-library always uses this endpoint, even if a key names another. */
const GOOGLE_TOKEN_URI = 'https://oauth2.googleapis.com/token';

/** A response takes well under a second; the search for default credentials may ping for three. */
const TIMEOUT_MS = 10_000;

/** A token's lifetime if its endpoint does not report it; Google's does. */
const ASSUMED_LIFETIME_MS = 5 * 60_000;

// google-auth-library contacts the metadata server through its own instance, which would use the
// proxy in the environment. But the metadata server is local, and issues the token of the machine
// that asks, which would be the proxy's.
gaxios.instance.defaults = { fetchImplementation: proxiedFetch(), noProxy: [/^/] };

/**
 * Requests a new token once; waiting and caching are up to the caller. All use of
 * google-auth-library is here; its own cache is not used.
 *
 * @param fetchToken connects to a token server
 * @param timeoutMs the time limit, including the search for default credentials
 * @throws TokenError
 */
export async function requestAccessToken(
  credentials: GoogleCredentials,
  fetchToken: typeof fetch,
  timeoutMs = TIMEOUT_MS,
): Promise<AccessToken> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await untilAborted(askFor(credentials, { signal, fetchToken }), signal);
  } catch (error) {
    throw new TokenError(classifyTokenError(error));
  }
}

/** How to reach the network, and the time limit. */
interface Reach {
  readonly fetchToken: typeof fetch;
  readonly signal: AbortSignal;
}

async function askFor(credentials: GoogleCredentials, reach: Reach): Promise<AccessToken> {
  const client =
    credentials.type === 'application_default'
      ? await defaultClient(reach)
      : clientFor(credentials, reach);
  const { quotaProjectId } = client;
  if (quotaProjectId !== undefined && !isVertexProject(quotaProjectId)) {
    // It becomes a header value, so not every text is allowed.
    throw new TokenError({ kind: 'account_unusable', reason: 'token: bad quota project' });
  }
  const { token } = await client.getAccessToken();
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    throw new TokenError({ kind: 'transient', reason: 'token: none in the response' });
  }
  const now = Date.now();
  const expiry = client.credentials.expiry_date ?? 0;
  return {
    value: token,
    expiresAt: expiry > now ? expiry : now + ASSUMED_LIFETIME_MS,
    ...(quotaProjectId === undefined ? {} : { quotaProject: quotaProjectId }),
  };
}

function clientFor(
  credentials: ServiceAccountCredentials | AuthorizedUserCredentials,
  reach: Reach,
): AuthClient {
  const { tokenUri, quotaProject } = credentials;
  const options = { ...clientOptions(reach, tokenUri), quotaProjectId: quotaProject };
  switch (credentials.type) {
    case 'service_account':
      return new JWT({
        ...options,
        email: credentials.clientEmail,
        key: credentials.privateKey,
        scopes: [SCOPE],
        // An endpoint only accepts assertions with itself as audience.
        ...(tokenUri === undefined ? {} : { additionalClaims: { aud: tokenUri } }),
      });
    case 'authorized_user':
      return new UserRefreshClient({
        ...options,
        clientId: credentials.clientId,
        clientSecret: credentials.clientSecret,
        refreshToken: credentials.refreshToken,
      });
  }
}

/** Looks for credentials like every Google library: environment, gcloud's file, metadata server. */
async function defaultClient(reach: Reach): Promise<AuthClient> {
  const auth = new GoogleAuth({
    scopes: [SCOPE],
    // Otherwise the library searches for a project, with gcloud and over the network.
    projectId: 'unused',
    clientOptions: clientOptions(reach),
  });
  let client: AuthClient;
  try {
    client = await auth.getClient();
  } catch {
    throw new TokenError({ kind: 'account_unusable', reason: 'token: no default credentials' });
  }
  const type = auth.jsonContent?.type;
  if (type !== 'service_account' && type !== 'authorized_user') {
    return client;
  }
  // A file that could also have been configured is treated as if it had been.
  const reading = readGoogleCredentials(auth.jsonContent);
  if (!reading.ok) {
    throw new TokenError({ kind: 'account_unusable', reason: 'token: bad default credentials' });
  }
  return clientFor({ ...reading.credentials, quotaProject: client.quotaProjectId }, reach);
}

/**
 * How the library's clients reach the network: each request once, within the time limit, and with
 * Easel's own connections.
 */
function clientOptions({ signal, fetchToken }: Reach, tokenUri: string = GOOGLE_TOKEN_URI) {
  const transporter = new gaxios.Gaxios({
    signal,
    fetchImplementation: fetchToken,
    // Otherwise the library would also apply the environment, of which it uses one proxy for both
    // https and http.
    noProxy: [/^/],
  });
  transporter.interceptors.request.add({
    resolved: (config) => {
      const isForGoogle = config.url.href === GOOGLE_TOKEN_URI;
      return Promise.resolve({
        ...config,
        url: isForGoogle ? new URL(tokenUri) : config.url,
        // Retries are decided elsewhere, where the other accounts are known.
        retryConfig: { retry: 0 },
      });
    },
  });
  // The library's own interceptors would write tokens to a debug log.
  return { transporter, useAuthRequestParameters: false };
}
