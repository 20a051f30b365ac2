import { startConnectProxy, type ConnectProxy } from '../connect-proxy';
import { startEasel, type RunningEasel } from '../running-easel';

/** A name that only the proxy knows: what does not go through it goes nowhere. */
const UPSTREAM = 'http://gemini.invalid';

describe('accounts that are reached by a proxy', () => {
  let easel: RunningEasel;
  let proxy: ConnectProxy;

  async function start(env: Record<string, string>, response?: string): Promise<void> {
    proxy = await startConnectProxy({
      get leadsTo() {
        return Number(new URL(easel.emulator.url).port);
      },
      ...(response === undefined ? {} : { response }),
    });
    easel = await startEasel({
      accounts: [{ baseUrl: UPSTREAM }],
      env: { HTTP_PROXY: `http://jo:pw@${proxy.url.host}`, MAX_ATTEMPTS_PER_IMAGE: '2', ...env },
    });
  }

  afterEach(async () => {
    await easel.close();
    await proxy.close();
  });

  const reasons = () => easel.log.flatMap(({ reason }) => reason ?? []);

  it('make images with every call through it', async () => {
    await start({});
    const response = await easel.generate({ prompt: 'x', n: 3 });
    expect(response.status).toBe(200);
    expect(easel.emulator.requests).toHaveLength(3);
    expect(proxy.asked).toEqual(
      Array.from({ length: proxy.sockets.length }, () => ({
        target: 'gemini.invalid:80',
        credential: `Basic ${Buffer.from('jo:pw').toString('base64')}`,
      })),
    );
  });

  it('are called directly if NO_PROXY says so', async () => {
    await start({ no_proxy: 'other.test,.invalid' });
    expect((await easel.generate({ prompt: 'x' })).status).toBe(502);
    expect(proxy.sockets).toHaveLength(0);
    expect(reasons().join()).toMatch(/ENOTFOUND|EAI_AGAIN/);
  });

  it('fail with a reason that names the proxy, but not its password', async () => {
    await start({}, 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    expect((await easel.generate({ prompt: 'x' })).status).toBe(502);
    expect(proxy.asked).toHaveLength(2);
    expect(reasons()).toContain('PROXY_407');
    expect(easel.rawLog()).not.toContain('jo:pw');
  });

  it('are not those on this machine', async () => {
    await start({});
    const local = await startEasel({ env: { http_proxy: proxy.url.href } });
    try {
      expect((await local.generate({ prompt: 'x' })).status).toBe(200);
      expect(proxy.sockets).toHaveLength(0);
    } finally {
      await local.close();
    }
  });
});
