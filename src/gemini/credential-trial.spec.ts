import { HttpService } from '@nestjs/axios';
import axios from 'axios';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startFullListener } from '../../test/full-listener';
import { SlabPool } from '../memory/slab-pool';
import { Slabs } from '../memory/slabs';
import { proxiedFetch } from '../wire/proxied-fetch';
import { wireDefaults } from '../wire/wire.adapter';
import { AccessTokenService } from './access-token.service';
import type { CredentialTrial } from './gemini-call';
import { GeminiClient } from './gemini.client';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function urlOf(listener: RequestListener): Promise<string> {
  const started = (server = createServer(listener));
  await new Promise<void>((done) => started.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

function trial(
  access: CredentialTrial['access'],
  limits: Partial<CredentialTrial> = {},
): ReturnType<GeminiClient['tryCredential']> {
  const connectTimeoutMs = 100;
  const client = new GeminiClient(
    new HttpService(axios.create(wireDefaults({ connectTimeoutMs }))),
    new AccessTokenService(proxiedFetch({ connectTimeoutMs })),
  );
  const slabs = new Slabs(new SlabPool());
  const { signal } = new AbortController();
  return client.tryCredential({ access, slabs, signal, timeoutMs: 5000, ...limits });
}

describe('a key of the Developer API', () => {
  it('that is valid is taken, by one call that is free', async () => {
    const calls: IncomingMessage[] = [];
    const url = await urlOf((request, response) => {
      calls.push(request);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"models":[{"name":"models/gemini-3-pro-image"}],"nextPageToken":"x"}');
    });
    expect(await trial({ apiKey: 'good', baseUrl: `${url}/` })).toBeUndefined();
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ method: 'GET', url: '/v1beta/models?pageSize=1' });
    expect(calls[0]?.headers['x-goog-api-key']).toBe('good');
    expect(calls[0]?.headers['content-length']).toBeUndefined();
  });

  it('that is not valid is refused as in any call', async () => {
    const details = [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' },
    ];
    const url = await urlOf((_request, response) => {
      response
        .writeHead(400)
        .end(JSON.stringify({ error: { status: 'INVALID_ARGUMENT', details } }));
    });
    expect(await trial({ apiKey: 'bad', baseUrl: url })).toEqual({
      kind: 'account_unusable',
      reason: '400 INVALID_ARGUMENT API_KEY_INVALID',
    });
  });

  it.each<[string, RequestListener, string, string]>([
    [
      'a page in HTML',
      (_request, response) => response.writeHead(200).end('<html>'),
      'transient',
      'the response was malformed',
    ],
    [
      'a 401 that is a proxy’s',
      (_request, response) => response.writeHead(401).end('<html>'),
      'transient',
      '401 without Google',
    ],
    [
      'a 404 where only images are made',
      (_request, response) => response.writeHead(404).end('{"error":{"status":"NOT_FOUND"}}'),
      'model_missing',
      '404 NOT_FOUND',
    ],
    ['a hang-up', (request) => request.socket.destroy(), 'transient', 'ECONNRESET'],
  ])('is not judged by %s', async (_name, listener, kind, reason) => {
    const failure = await trial({ apiKey: 'good', baseUrl: await urlOf(listener) });
    expect(failure?.kind).toBe(kind);
    expect(failure?.reason).toContain(reason);
  });

  it('is undecided without a response or a connection', async () => {
    const silent = await urlOf(() => undefined);
    expect(await trial({ apiKey: 'k', baseUrl: silent }, { timeoutMs: 100 })).toMatchObject({
      kind: 'timeout',
    });
    const { url, close } = await startFullListener();
    expect(await trial({ apiKey: 'k', baseUrl: url.href })).toMatchObject({ kind: 'unreachable' });
    await close();
  });

  it('is given up with the process', async () => {
    const hangUp = new AbortController();
    const baseUrl = await urlOf(() => {
      hangUp.abort();
    });
    await expect(trial({ apiKey: 'k', baseUrl }, { signal: hangUp.signal })).rejects.toThrow();
  });
});

describe('a credential of Vertex AI', () => {
  const access = (baseUrl: string): CredentialTrial['access'] => ({
    project: 'acme',
    location: 'global',
    baseUrl: 'http://127.0.0.1:1',
    credentials: {
      type: 'authorized_user',
      clientId: 'id',
      clientSecret: 'secret',
      refreshToken: 'refresh',
      tokenUri: `${baseUrl}/token`,
    },
  });

  it('is taken with its token, and Vertex AI is not called', async () => {
    const url = await urlOf((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"access_token":"ya29.x","expires_in":3600}');
    });
    expect(await trial(access(url))).toBeUndefined();
  });

  it('is refused by the server of tokens', async () => {
    const url = await urlOf((_request, response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end('{"error":"invalid_grant"}');
    });
    expect(await trial(access(url))).toEqual({
      kind: 'account_unusable',
      reason: 'token: invalid_grant',
    });
  });
});
