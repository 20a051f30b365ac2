import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MAIN } from '../easel-process';
import { startTokenServer, type FakeTokenServer } from '../fake-token-server';
import { startVertex, type FakeVertex } from '../fake-vertex';
import { POISONED_SLABS } from '../poisoned-slabs';
import { UNCHECKED_ACCOUNTS } from '../unchecked-accounts';

const METADATA_TOKEN = 'ya29.of-the-machine';

let vertex: FakeVertex;
let tokens: FakeTokenServer;
let easel: ChildProcess | undefined;
const metadata: Server[] = [];

beforeEach(async () => {
  [tokens, vertex] = await Promise.all([startTokenServer(), startVertex()]);
});
afterEach(async () => {
  easel?.kill('SIGKILL');
  for (const server of metadata.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await Promise.all([tokens.close(), vertex.close()]);
});

/** Easel as a process of its own, whose environment is all that it can find credentials in. */
async function start(env: Record<string, string>): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'easel-'));
  const accountsFile = join(home, 'accounts.yaml');
  const account = { email: 'adc@x.org', provider: 'vertex', project: 'acme', baseUrl: vertex.url };
  writeFileSync(accountsFile, JSON.stringify({ accounts: [account] }));
  easel = spawn(process.execPath, [MAIN], {
    env: {
      PORT: '0',
      ...POISONED_SLABS,
      ...UNCHECKED_ACCOUNTS,
      HOME: home,
      ACCOUNTS_FILE: accountsFile,
      MAX_ATTEMPTS_PER_IMAGE: '1',
      ...env,
    },
  });
  let output = '';
  for (const stream of [easel.stdout, easel.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  for (;;) {
    const url = /listens on (http:\/\/[^\s,]+)/.exec(output)?.[1];
    if (url !== undefined) {
      return url;
    }
    if (easel.exitCode !== null) {
      throw new Error(output);
    }
    await sleep(20);
  }
}

/** A file with a credential, as `GOOGLE_APPLICATION_CREDENTIALS` names one. */
function credentialsFile(content: object): string {
  const file = join(mkdtempSync(join(tmpdir(), 'easel-')), 'credentials.json');
  writeFileSync(file, JSON.stringify(content));
  return file;
}

const generate = (url: string) =>
  fetch(`${url}/v1/images/generations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"prompt":"x"}',
  });

async function stateAt(url: string): Promise<string> {
  const { data } = (await (await fetch(`${url}/v1/accounts`)).json()) as {
    data: { state: string; reason: string | null }[];
  };
  return `${data[0]?.state ?? ''}: ${data[0]?.reason ?? ''}`;
}

async function metadataServer(): Promise<string> {
  const server = createServer((request, response) => {
    const isToken = request.url?.includes('/service-accounts/default/token') === true;
    response.writeHead(200, { 'content-type': 'application/json', 'metadata-flavor': 'Google' });
    response.end(
      isToken ? JSON.stringify({ access_token: METADATA_TOKEN, expires_in: 3600 }) : 'instance/',
    );
  });
  metadata.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('default credentials', () => {
  it('are those of the file that the environment names, with its token endpoint', async () => {
    const url = await start({
      GOOGLE_APPLICATION_CREDENTIALS: credentialsFile(tokens.serviceAccount),
    });
    expect((await generate(url)).status).toBe(200);
    expect(tokens.requests[0]?.claims).toMatchObject({ aud: tokens.uri });
    expect(vertex.requests[0]?.headers.authorization).toBe(`Bearer ${tokens.tokens[0] ?? ''}`);
  });

  it('are those of a user that gcloud has logged in, with the quota project', async () => {
    const tools = mkdtempSync(join(tmpdir(), 'easel-'));
    writeFileSync(join(tools, 'gcloud'), `#!/bin/sh\n: > ${tools}/asked\n`, { mode: 0o755 });
    const url = await start({
      PATH: tools,
      GOOGLE_APPLICATION_CREDENTIALS: credentialsFile({
        type: 'authorized_user',
        client_id: 'client-id',
        client_secret: 'client-secret',
        refresh_token: 'refresh-token',
        token_uri: tokens.uri,
      }),
      GOOGLE_CLOUD_QUOTA_PROJECT: 'billed',
    });
    expect((await generate(url)).status).toBe(200);
    // No search for a project, which takes gcloud and the network seconds.
    expect(existsSync(join(tools, 'asked'))).toBe(false);
    expect(vertex.requests[0]?.headers['x-goog-user-project']).toBe('billed');
  });

  it('are those of the machine, from its metadata server', async () => {
    const url = await start({
      GCE_METADATA_HOST: await metadataServer(),
      METADATA_SERVER_DETECTION: 'ping-only',
    });
    expect((await generate(url)).status).toBe(200);
    expect(vertex.requests[0]?.headers.authorization).toBe(`Bearer ${METADATA_TOKEN}`);
  });

  it('that are broken disable the account', async () => {
    const url = await start({
      GOOGLE_APPLICATION_CREDENTIALS: credentialsFile({
        ...tokens.serviceAccount,
        private_key: 'not a key',
      }),
    });
    expect((await generate(url)).status).toBe(503);
    expect(await stateAt(url)).toBe('disabled: token: bad default credentials');
  });

  it('that the environment names and that do not exist disable the account', async () => {
    const url = await start({ GOOGLE_APPLICATION_CREDENTIALS: '/nowhere.json' });
    expect((await generate(url)).status).toBe(503);
    expect(await stateAt(url)).toBe('disabled: token: no default credentials');
  });
});
