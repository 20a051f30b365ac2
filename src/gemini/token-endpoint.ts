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

/** What lets a call in: shown as a bearer until it expires. */
export interface AccessToken {
  readonly value: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** The project that the call is counted for, where the credential names one. */
  readonly quotaProject?: string;
}

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** The token endpoint of google-auth-library, which it uses even if a key names another. */
const GOOGLE_TOKEN_URI = 'https://oauth2.googleapis.com/token';

/** A response takes well under a second; the search for default credentials may ping for three. */
const TIMEOUT_MS = 10_000;

/** How long a token lasts when its endpoint does not say; Google's does. */
const ASSUMED_LIFETIME_MS = 5 * 60_000;

// The metadata server is asked by an instance of the library's own, which would go by the proxy that the
// environment names. It is near, and hands out the token of the machine that asks, which would be the proxy's.
gaxios.instance.defaults = { fetchImplementation: proxiedFetch(), noProxy: [/^/] };

/**
 * Asks for a new token, by one request: who waits for it, and how long it is kept, is the caller's
 * to decide. Here is the only place that knows google-auth-library, whose own cache is not used.
 *
 * @param fetchToken how a token server is reached
 * @param timeoutMs how long that may take, the search for default credentials included
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

/** How the network is reached, and for how long. */
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
    // It goes into a header, where not every text can stand.
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
        // An endpoint takes only assertions that are addressed to it.
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

/** Looks for credentials as every Google library does: environment, gcloud's file, metadata server. */
async function defaultClient(reach: Reach): Promise<AuthClient> {
  const auth = new GoogleAuth({
    scopes: [SCOPE],
    // Otherwise the library goes to look for a project, with gcloud and over the network.
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
  // A file that could have been configured as well is treated just as if it had been.
  const reading = readGoogleCredentials(auth.jsonContent);
  if (!reading.ok) {
    throw new TokenError({ kind: 'account_unusable', reason: 'token: bad default credentials' });
  }
  return clientFor({ ...reading.credentials, quotaProject: client.quotaProjectId }, reach);
}

/** How the library's clients reach the network: each request once, within the time, and by Easel's own way. */
function clientOptions({ signal, fetchToken }: Reach, tokenUri: string = GOOGLE_TOKEN_URI) {
  const transporter = new gaxios.Gaxios({
    signal,
    fetchImplementation: fetchToken,
    // What the library makes of the environment would come on top: it takes one proxy for https and http.
    noProxy: [/^/],
  });
  transporter.interceptors.request.add({
    resolved: (config) => {
      const isForGoogle = config.url.href === GOOGLE_TOKEN_URI;
      return Promise.resolve({
        ...config,
        url: isForGoogle ? new URL(tokenUri) : config.url,
        // Whether it is worth another try is decided where the other accounts are known.
        retryConfig: { retry: 0 },
      });
    },
  });
  // Its interceptors of its own write tokens to a debug log.
  return { transporter, useAuthRequestParameters: false };
}
