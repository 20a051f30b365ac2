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

/** What lets a call in: shown as a bearer until it expires. */
export interface AccessToken {
  readonly value: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** The project that the call is counted for, where the credential names one. */
  readonly quotaProject?: string;
}

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** Where google-auth-library asks for tokens, whatever a key says of it. */
const GOOGLE_TOKEN_URI = 'https://oauth2.googleapis.com/token';

/** An answer takes well under a second; the search for default credentials may ping for three. */
const TIMEOUT_MS = 10_000;

/** How long a token lasts when its endpoint does not say; Google's does. */
const ASSUMED_LIFETIME_MS = 5 * 60_000;

/**
 * Asks for a new token, by one request: who waits for it, and how long it is kept, is the caller's
 * to decide. Here is the only place that knows google-auth-library, whose own cache is not used.
 *
 * @param timeoutMs how long that may take, the search for default credentials included
 * @throws TokenError
 */
export async function requestAccessToken(
  credentials: GoogleCredentials,
  timeoutMs = TIMEOUT_MS,
): Promise<AccessToken> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await untilAborted(askFor(credentials, signal), signal);
  } catch (error) {
    throw new TokenError(classifyTokenError(error));
  }
}

async function askFor(credentials: GoogleCredentials, signal: AbortSignal): Promise<AccessToken> {
  const client =
    credentials.type === 'application_default'
      ? await defaultClient(signal)
      : clientFor(credentials, signal);
  const { quotaProjectId } = client;
  if (quotaProjectId !== undefined && !isVertexProject(quotaProjectId)) {
    // It goes into a header, where not every text can stand.
    throw new TokenError({ kind: 'account_unusable', reason: 'token: bad quota project' });
  }
  const { token } = await client.getAccessToken();
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    throw new TokenError({ kind: 'transient', reason: 'token: none in the answer' });
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
  signal: AbortSignal,
): AuthClient {
  const { tokenUri, quotaProject } = credentials;
  const options = { ...clientOptions(signal, tokenUri), quotaProjectId: quotaProject };
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
async function defaultClient(signal: AbortSignal): Promise<AuthClient> {
  const auth = new GoogleAuth({
    scopes: [SCOPE],
    // Otherwise the library goes to look for a project, with gcloud and over the network.
    projectId: 'unused',
    clientOptions: clientOptions(signal),
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
  return clientFor({ ...reading.credentials, quotaProject: client.quotaProjectId }, signal);
}

/** How the library's clients reach the network: each request once, within the time, and directly. */
function clientOptions(signal: AbortSignal, tokenUri: string = GOOGLE_TOKEN_URI) {
  const transporter = new gaxios.Gaxios({
    signal,
    // Left alone it imports node-fetch, for which there is no need.
    fetchImplementation: fetch,
    // Neither an environment variable nor a redirect may lead a credential elsewhere.
    noProxy: [/^/],
    redirect: 'error',
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
