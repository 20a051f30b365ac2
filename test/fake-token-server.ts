import { createVerify, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PRIVATE_KEY = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** A request for a token, as it came in. */
interface TokenRequest {
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
  /** What an assertion says, where its signature is that of {@link FakeTokenServer.serviceAccount}. */
  readonly claims: Readonly<Record<string, unknown>> | undefined;
}

/** What the server responds with; each token is a new one unless named. */
interface TokenResponse {
  readonly status?: number;
  readonly body?: unknown;
  readonly expiresInS?: number;
  readonly afterMs?: number;
  /** Where a redirect leads. */
  readonly location?: string;
  readonly retryAfter?: string;
}

/** An OAuth token endpoint over HTTP, which checks what Google's would. */
export interface FakeTokenServer {
  readonly uri: string;
  readonly requests: readonly TokenRequest[];
  /** The tokens that it has handed out. */
  readonly tokens: readonly string[];
  /** A service account's key file that names this server. */
  readonly serviceAccount: Readonly<Record<string, string>>;
  /** What it responds with from now on; without an argument, tokens for an hour. */
  response(next?: TokenResponse): void;
  close(): Promise<void>;
}

/** @param knownAs the URI under which clients call it, if not its own */
export async function startTokenServer(knownAs?: string): Promise<FakeTokenServer> {
  const requests: TokenRequest[] = [];
  const tokens: string[] = [];
  let current: TokenResponse = {};
  const server = createServer((request, response) => {
    void textOf(request).then(async (text) => {
      const form = Object.fromEntries(new URLSearchParams(text));
      const claims = claimsOf(form['assertion']);
      requests.push({ path: request.url ?? '', form, claims });
      const { status = 200, body, expiresInS = 3600, afterMs = 0, location, retryAfter } = current;
      await sleep(afterMs, undefined, { ref: false });
      const isFaulty = form['assertion'] !== undefined && claims?.['aud'] !== (knownAs ?? uri);
      const refusal = { error: 'invalid_grant', error_description: 'Invalid JWT for images@acme' };
      const token = `ya29.token-${tokens.length + 1}`;
      if (status === 200 && body === undefined && !isFaulty) {
        tokens.push(token);
      }
      const issued = { access_token: token, expires_in: expiresInS, token_type: 'Bearer' };
      response.writeHead(isFaulty ? 400 : status, {
        'content-type': 'application/json',
        ...(location === undefined ? {} : { location }),
        ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
      });
      response.end(JSON.stringify(isFaulty ? refusal : (body ?? issued)));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/oauth/token`;
  return {
    uri,
    requests,
    tokens,
    serviceAccount: {
      type: 'service_account',
      project_id: 'acme-images',
      private_key_id: 'key-1',
      private_key: PRIVATE_KEY,
      client_email: 'images@acme-images.iam.gserviceaccount.com',
      token_uri: knownAs ?? uri,
    },
    response: (next = {}) => {
      current = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function claimsOf(assertion: string | undefined): Readonly<Record<string, unknown>> | undefined {
  const [header = '', payload = '', signature = ''] = (assertion ?? '').split('.');
  const verify = createVerify('RSA-SHA256').update(`${header}.${payload}`);
  return verify.verify(publicKey, signature, 'base64url')
    ? (JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>)
    : undefined;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
