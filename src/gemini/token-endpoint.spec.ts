import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AuthorizedUserCredentials } from './google-credentials';
import { requestAccessToken } from './token-endpoint';
import { TokenError } from './token-failure';
import { proxiedFetch } from '../wire/proxied-fetch';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function userAt(listener: RequestListener): Promise<AuthorizedUserCredentials> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    type: 'authorized_user',
    clientId: 'id',
    clientSecret: 'secret',
    refreshToken: 'refresh',
    tokenUri: `http://127.0.0.1:${port}/token`,
  };
}

const json = (body: object): RequestListener => {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
};

async function failureWith(listener: RequestListener): Promise<unknown> {
  try {
    return await requestAccessToken(await userAt(listener), proxiedFetch(), 300);
  } catch (error) {
    return error instanceof TokenError ? error.failure : error;
  }
}

describe('requestAccessToken', () => {
  it('gives the token, its end and the quota project', async () => {
    const user = await userAt(json({ access_token: 'ya29.x', expires_in: 100 }));
    const token = await requestAccessToken({ ...user, quotaProject: 'billed' }, proxiedFetch());
    expect(token).toEqual({
      value: 'ya29.x',
      quotaProject: 'billed',
      expiresAt: expect.any(Number) as number,
    });
    expect(token.expiresAt - Date.now()).toBeLessThanOrEqual(100_000);
    expect(token.expiresAt - Date.now()).toBeGreaterThan(90_000);
  });

  it('assumes a few minutes if the endpoint does not say', async () => {
    const user = await userAt(json({ access_token: 'ya29.x' }));
    const token = await requestAccessToken(user, proxiedFetch());
    expect(token.expiresAt - Date.now()).toBeGreaterThan(200_000);
  });

  it.each<[string, RequestListener, RegExp]>([
    ['silence', () => undefined, /^token: timeout$/],
    [
      'half a response',
      (_request, response) => response.writeHead(200).write('{'),
      /^token: timeout$/,
    ],
    ['a cut', (request) => request.socket.destroy(), /^token: ECONNRESET$/],
    ['no token', json({ expires_in: 100 }), /^token: no response$/],
    [
      'a token that cannot be sent',
      json({ access_token: 'a\nb' }),
      /^token: none in the response$/,
    ],
  ])('takes %s for a transient fault', async (_name, listener, reason) => {
    expect(await failureWith(listener)).toEqual({
      kind: 'transient',
      reason: expect.stringMatching(reason) as string,
    });
  });
});
