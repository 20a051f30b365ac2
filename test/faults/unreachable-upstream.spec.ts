import { startConnectProxy } from '../connect-proxy';
import { startFullListener } from '../full-listener';
import { startConnections } from '../raw-upstream';
import { startEasel } from '../running-easel';

/** Where an account leads, and by what, so that no call on it ever has a connection. */
interface Nowhere {
  readonly baseUrl: string;
  readonly env: Record<string, string>;
  readonly close: () => Promise<void>;
}

async function blackHole(): Promise<Nowhere> {
  const { url, close } = await startFullListener();
  return { baseUrl: url.href, env: {}, close };
}

async function muteTls(): Promise<Nowhere> {
  const mute = await startConnections((socket) => socket.resume());
  return { baseUrl: `https://localhost:${mute.url.port}`, env: {}, close: () => mute.close() };
}

async function muteProxy(scheme: 'http' | 'https'): Promise<Nowhere> {
  const mute = await startConnections((socket) => socket.resume());
  return {
    baseUrl: `${scheme}://gemini.invalid`,
    env: { [`${scheme.toUpperCase()}_PROXY`]: mute.url.href },
    close: () => mute.close(),
  };
}

async function tunnelToMuteTls(): Promise<Nowhere> {
  const mute = await startConnections((socket) => socket.resume());
  const proxy = await startConnectProxy({ leadsTo: Number(mute.url.port) });
  return {
    baseUrl: 'https://gemini.invalid',
    env: { HTTPS_PROXY: proxy.url.href },
    close: async () => {
      await proxy.close();
      await mute.close();
    },
  };
}

it.each<[string, () => Promise<Nowhere>]>([
  ['whose packets are dropped', blackHole],
  ['that takes the connection and never finishes the handshake', muteTls],
  ['behind a proxy that takes the connection and never responds', () => muteProxy('https')],
  ['over plain http, behind a proxy that never responds', () => muteProxy('http')],
  ['that never finishes the handshake at the end of a tunnel', tunnelToMuteTls],
])('an account %s costs a moment, and is left out after three', async (_where, lead) => {
  const { baseUrl, env, close } = await lead();
  const easel = await startEasel({
    accounts: [
      { email: 'lost@test', baseUrl, priority: 1 },
      { email: 'good@test', priority: 2 },
    ],
    env: { UPSTREAM_CONNECT_TIMEOUT_MS: '400', ...env },
  });
  try {
    for (let request = 0; request < 4; request += 1) {
      const response = await easel.generate({ prompt: 'x' });
      expect(response.status).toBe(200);
      expect(response.headers.get('x-account-email')).toBe('good@test');
    }
    const failed = easel.log.filter(({ account }) => account === 'lost@test');
    expect(failed.filter(({ reason }) => reason === 'CONNECT_TIMEOUT').length).toBeGreaterThan(2);
    const calls = easel.log.filter(({ msg }) => msg.startsWith('upstream call failed'));
    expect(calls).toHaveLength(3);
  } finally {
    await easel.close();
    await close();
  }
});

it('an account whose server of tokens is out of reach costs a moment as well', async () => {
  const { url, close } = await startFullListener();
  const easel = await startEasel({
    accounts: [{ email: 'good@test', priority: 2 }],
    otherAccounts: [
      {
        email: 'lost@test',
        provider: 'vertex',
        project: 'acme',
        location: 'global',
        baseUrl: 'http://127.0.0.1:1',
        credentials: {
          type: 'authorized_user',
          clientId: 'id',
          clientSecret: 'secret',
          refreshToken: 'refresh',
          tokenUri: url.href,
        },
        maxConcurrency: 4,
        priority: 1,
        enabled: true,
      },
    ],
    env: { UPSTREAM_CONNECT_TIMEOUT_MS: '100' },
  });
  try {
    for (let request = 0; request < 4; request += 1) {
      const response = await easel.generate({ prompt: 'x' });
      expect(response.status).toBe(200);
      expect(response.headers.get('x-account-email')).toBe('good@test');
    }
    const failed = easel.log.filter(({ msg }) => msg.startsWith('upstream call failed'));
    expect(failed.map(({ reason }) => reason)).toEqual(Array(3).fill('token: CONNECT_TIMEOUT'));
  } finally {
    await easel.close();
    await close();
  }
});

it('stays ready with every account unreachable, and reports the cause', async () => {
  const { url, close } = await startFullListener();
  const easel = await startEasel({
    accounts: [{ baseUrl: url.href }, { baseUrl: url.href }],
    env: { UPSTREAM_CONNECT_TIMEOUT_MS: '100', MAX_ATTEMPTS_PER_IMAGE: '2' },
  });
  try {
    for (let request = 0; request < 4; request += 1) {
      const response = await easel.generate({ prompt: 'x' });
      expect(response.status).toBe(502);
      expect(await response.json()).toMatchObject({ error: { code: 'upstream_error' } });
    }
    const ready = await fetch(`${easel.url}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      details: { accounts: { status: 'up', usable: 2, disabled: 0, total: 2 } },
    });
    const { data } = (await (await fetch(`${easel.url}/v1/accounts`)).json()) as {
      data: readonly { readonly models: object }[];
    };
    for (const { models } of data) {
      expect(models).toMatchObject({
        'gemini-3-pro-image': { state: 'cooling', reason: 'CONNECT_TIMEOUT' },
      });
    }
  } finally {
    await easel.close();
    await close();
  }
});
