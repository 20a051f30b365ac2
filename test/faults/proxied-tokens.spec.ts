import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startConnectProxy, type ConnectProxy } from '../connect-proxy';
import { generateAt, startProcess, type EaselProcess } from '../easel-process';
import { startTokenServer, type FakeTokenServer } from '../fake-token-server';
import { startVertex, type FakeVertex } from '../fake-vertex';
import { PROXIED_HOSTS_CERTIFICATE } from '../proxied-hosts-certificate';
import { startTlsFront, type TlsFront } from '../tls-front';
import { until } from '../until';

/** Names that only the proxy knows: what does not go through it goes nowhere. */
const TOKENS = 'https://tokens.easel.test/oauth/token';
const VERTEX = 'https://vertex.easel.test';

/** Vertex AI and the server of its tokens, both behind one proxy, with a certificate that only an extra CA makes good. */
describe('an account of Vertex AI behind a proxy', () => {
  let tokens: FakeTokenServer;
  let vertex: FakeVertex;
  let front: TlsFront;
  let proxy: ConnectProxy;
  let home: string;
  let easel: EaselProcess | undefined;
  let metadata: Server | undefined;

  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'easel-'));
    [tokens, vertex] = await Promise.all([startTokenServer(TOKENS), startVertex()]);
    front = await startTlsFront({
      'tokens.easel.test': tokens.uri,
      'vertex.easel.test': vertex.url,
    });
    proxy = await startConnectProxy({ leadsTo: front.port });
  });
  afterEach(async () => {
    easel?.child.kill('SIGKILL');
    await easel?.exit;
    metadata?.closeAllConnections();
    metadata?.close();
    metadata = undefined;
    await proxy.close();
    await Promise.all([front.close(), tokens.close(), vertex.close()]);
  });

  function file(name: string, content: string | object): string {
    const path = join(home, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  /** @param credentialsFile undefined for what the machine offers */
  async function start(
    credentialsFile: string | undefined,
    env: Record<string, string> = {},
  ): Promise<string> {
    const account = {
      email: 'vertex@x.org',
      provider: 'vertex',
      project: 'acme',
      baseUrl: VERTEX,
      ...(credentialsFile === undefined ? {} : { credentialsFile }),
    };
    easel = startProcess({
      HOME: home,
      ACCOUNTS_FILE: file('accounts.json', { accounts: [account] }),
      MAX_ATTEMPTS_PER_IMAGE: '1',
      HTTPS_PROXY: proxy.url.href,
      // Some take it for every scheme: the metadata server, which is http, must not be asked by it.
      HTTP_PROXY: proxy.url.href,
      NODE_EXTRA_CA_CERTS: file('ca.pem', PROXIED_HOSTS_CERTIFICATE),
      ...env,
    });
    return easel.url();
  }

  const user = () => ({
    type: 'authorized_user',
    client_id: 'client-id',
    client_secret: 'client-secret',
    refresh_token: 'refresh-token',
    token_uri: TOKENS,
  });
  const targets = () => proxy.asked.map(({ target }) => target);

  it.each<[string, () => Promise<string>]>([
    ['of a service account', () => start(file('key.json', tokens.serviceAccount))],
    ['of a user', () => start(file('user.json', user()))],
    [
      'of the machine, from a file',
      () =>
        start(undefined, {
          GOOGLE_APPLICATION_CREDENTIALS: file('adc.json', tokens.serviceAccount),
        }),
    ],
  ])('gets the token %s through it, and nothing goes beside it', async (_whose, started) => {
    const url = await started();
    expect((await generateAt(url)).status).toBe(200);
    expect((await generateAt(url)).status).toBe(200);
    expect(tokens.requests).toHaveLength(1);
    expect(vertex.requests).toHaveLength(2);
    expect(targets()).toEqual(['tokens.easel.test:443', 'vertex.easel.test:443']);
    expect(front.names).toEqual(['tokens.easel.test', 'vertex.easel.test']);
  });

  it('bypasses it for the metadata server', async () => {
    const server = createServer((request, response) => {
      const isToken = request.url?.includes('/service-accounts/default/token') === true;
      response.writeHead(200, { 'content-type': 'application/json', 'metadata-flavor': 'Google' });
      response.end(
        isToken ? JSON.stringify({ access_token: 'ya29.m', expires_in: 3600 }) : 'instance/',
      );
    });
    metadata = server;
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = await start(undefined, {
      GCE_METADATA_HOST: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      METADATA_SERVER_DETECTION: 'ping-only',
    });
    expect((await generateAt(url)).status).toBe(200);
    expect(vertex.requests[0]?.headers.authorization).toBe('Bearer ya29.m');
    expect(targets()).toEqual(['vertex.easel.test:443']);
  });

  it('bypasses it as NO_PROXY says', async () => {
    const url = await start(file('key.json', tokens.serviceAccount), {
      NO_PROXY: 'tokens.easel.test',
    });
    expect((await generateAt(url)).status).toBe(502);
    expect(targets()).toEqual([]);
    await until(() => /token: (ENOTFOUND|EAI_AGAIN)/.test(easel?.output() ?? ''));
  });

  it('needs the extra CA for both', async () => {
    const url = await start(file('key.json', tokens.serviceAccount), { NODE_EXTRA_CA_CERTS: '' });
    expect((await generateAt(url)).status).toBe(502);
    expect(targets()).toEqual(['tokens.easel.test:443']);
    await until(() => easel?.output().includes('token: DEPTH_ZERO_SELF_SIGNED_CERT') === true);
  });
});
