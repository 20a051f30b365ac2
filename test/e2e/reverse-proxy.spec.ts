import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../../src/emulator/emulator';
import { generateAt, startProcess, type EaselProcess } from '../easel-process';
import type { ErrorBody, ImagesBody } from '../running-easel';
import { freePort } from '../free-port';
import { HAS_NGINX, startNginx, type RunningNginx } from '../running-nginx';
import { upstreamBodies } from '../upstream-body';
import { until } from '../until';

const isRequired = process.env['EASEL_REQUIRE_NGINX'] === '1';
if (!HAS_NGINX && !isRequired) {
  process.stderr.write('SKIPPED: the reverse proxy’s tests need nginx (set NGINX_PATH)\n');
}
// A machine without nginx can still run all other tests: it is a package that not every mirror has.
const describeWithNginx = HAS_NGINX || isRequired ? describe : describe.skip;

const MIB = 1024 * 1024;
/** That of the replicas of docker-compose.scale.yml, which nginx.conf counts on. */
const [, COMPOSE_DELAY_MS = ''] =
  /SHUTDOWN_DELAY_MS:-(\d+)/.exec(
    readFileSync(join(__dirname, '../../docker-compose.scale.yml'), 'utf8'),
  ) ?? [];
/** Each replica has a key of its own, which says in the upstream's log whose call it was. */
const KEYS = ['replica-1', 'replica-2', 'replica-3'];
const UNREACHABLE = { type: 'server_error', param: null, code: 'upstream_error' };

describeWithNginx('nginx in front of three Easels', () => {
  let emulator: Emulator;
  let easels: EaselProcess[];
  let nginx: RunningNginx;

  beforeAll(async () => {
    emulator = await startEmulator({ latencyMs: 3000, drawing: 'plain' });
    const folder = mkdtempSync(join(tmpdir(), 'easel-'));
    easels = KEYS.map((apiKey) => {
      const file = join(folder, `${apiKey}.json`);
      const account = { provider: 'gemini', apiKey, baseUrl: emulator.url, maxConcurrency: 50 };
      writeFileSync(file, JSON.stringify({ accounts: [{ email: 'a@test', ...account }] }));
      return startProcess({ ACCOUNTS_FILE: file, PROXY_AUTH_MODE: 'off' });
    });
    const urls = await Promise.all(easels.map((easel) => easel.url()));
    nginx = await startNginx(urls.map((url) => new URL(url).host));
  });
  beforeEach(() => {
    emulator.reset();
  });
  afterAll(async () => {
    await nginx.close();
    for (const easel of easels) {
      easel.child.kill('SIGKILL');
    }
    await emulator.close();
  });

  /** How often the prompt of each of these requests went upstream. */
  const calls = (prompts: readonly string[]) => {
    const sent = upstreamBodies(emulator).map(({ contents }) => contents[0]?.parts[0]?.text);
    return prompts.map((prompt) => sent.filter((text) => text === prompt).length);
  };

  it('spreads requests over all replicas, and passes large responses on completely', async () => {
    // The replicas' ports are part of nginx's hash, so fewer requests would at times all miss one of them.
    const numbers = Array.from({ length: 48 }, (_, index) => index + 1);
    const responses = await Promise.all(
      numbers.map((number) =>
        fetch(`${nginx.url}/v1/images/generations`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'x-request-id': `request-${number}`,
            'x-api-key': `key-of-client-${number}`,
          },
          body: JSON.stringify({ prompt: 'x', quality: number % 3 === 0 ? 'hd' : 'low' }),
        }),
      ),
    );
    for (const [index, response] of responses.entries()) {
      expect(response.status).toBe(200);
      expect(response.headers.get('x-request-id')).toBe(`request-${index + 1}`);
      const { data } = (await response.json()) as ImagesBody;
      expect(data).toHaveLength(1);
    }
    expect(new Set(emulator.requests.map(({ key }) => key))).toEqual(new Set(KEYS));
    // A client may have its response before nginx has logged it.
    await until(() => nginx.requests().some(({ requestId }) => requestId === 'request-1'));
  });

  it('lets a body of 90 MiB in', async () => {
    const response = await generateAt(nginx.url, { prompt: 'x', ignored: 'x'.repeat(90 * MIB) });
    expect(response.status).toBe(200);
  });

  it('lets Easel refuse a larger body, before all of it has arrived', async () => {
    const call = request(`${nginx.url}/v1/images/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': 101 * MIB },
    });
    call.on('error', () => undefined);
    call.write('{');
    const [response] = (await once(call, 'response')) as [
      NodeJS.ReadableStream & { statusCode: number },
    ];
    const chunks: Buffer[] = [];
    for await (const chunk of response) {
      chunks.push(Buffer.from(chunk));
    }
    call.destroy();
    expect(response.statusCode).toBe(413);
    const { error } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ErrorBody;
    expect(error.type).toBe('invalid_request_error');
  });

  it('loses only the running requests of a killed replica, sends none twice, and keeps serving', async () => {
    const prompts = Array.from({ length: 9 }, (_, index) => `prompt ${index}`);
    // Bodies of as many lengths, for requests that are alike go to one replica.
    const lengths = prompts.map((prompt, index) => ({ prompt, ignored: 'x'.repeat(index) }));
    const atWork = lengths.map((body) => generateAt(nginx.url, body));
    await until(() => emulator.requests.length >= prompts.length);
    const atWorkOf = KEYS.map((name) => emulator.requests.filter(({ key }) => key === name).length);
    // Which replicas have work is up to nginx's hash. This one has some.
    const lost = Math.max(...atWorkOf);
    const killed = easels[atWorkOf.indexOf(lost)];
    killed?.child.kill('SIGKILL');
    await killed?.exit;
    const statuses = (await Promise.all(atWork)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 502)).toHaveLength(lost);
    expect(statuses.filter((status) => status === 200)).toHaveLength(prompts.length - lost);

    const later = Array.from({ length: 9 }, (_, index) => `later prompt ${index}`);
    for (const response of await Promise.all(
      later.map((prompt) => generateAt(nginx.url, { prompt })),
    )) {
      expect(response.status).toBe(200);
    }
    expect(calls([...prompts, ...later])).toEqual([...prompts, ...later].map(() => 1));
  });

  it('sends a retry to the replica that had the first attempt, however many clients there are', async () => {
    const served = () =>
      nginx.requests().filter(({ requestId }) => String(requestId).startsWith('client-'));
    const ask = (client: number, retry: number) =>
      fetch(`${nginx.url}/v1/images/generations`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer key-of-client-${client}`,
          'x-request-id': `client-${client}`,
          'x-stainless-retry-count': String(retry),
        },
        // It is refused at once: only the way there is of interest.
        body: JSON.stringify({ prompt: '', ignored: 'x'.repeat(client) }),
      });
    const clients = Array.from({ length: 12 }, (_, index) => index);
    for (const retry of [0, 1, 2]) {
      await Promise.all(clients.map((client) => ask(client, retry)));
    }
    await until(() => served().length === 3 * clients.length);
    const replicasOf = clients.map(
      (client) =>
        new Set(
          served()
            .filter(({ requestId }) => requestId === `client-${client}`)
            .map(({ upstream }) => upstream),
        ),
    );
    expect(replicasOf.map(({ size }) => size)).toEqual(clients.map(() => 1));
    expect(new Set(replicasOf.flatMap((replicas) => [...replicas])).size).toBeGreaterThan(1);
  });

  it('responds in OpenAI’s format when no replica is left', async () => {
    for (const easel of easels) {
      easel.child.kill('SIGKILL');
      await easel.exit;
    }
    const response = await generateAt(nginx.url);
    expect(response.status).toBe(502);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(((await response.json()) as ErrorBody).error).toMatchObject(UNREACHABLE);
  });
});

describeWithNginx('replicas that are replaced one after the other', () => {
  it('serve every request meanwhile, and not one of them fails', async () => {
    const emulator = await startEmulator({ latencyMs: 700, drawing: 'plain' });
    const file = join(mkdtempSync(join(tmpdir(), 'easel-')), 'accounts.json');
    const account = { provider: 'gemini', apiKey: 'k', baseUrl: emulator.url, maxConcurrency: 50 };
    writeFileSync(file, JSON.stringify({ accounts: [{ email: 'a@test', ...account }] }));
    const replica = (port: string) =>
      startProcess({
        ACCOUNTS_FILE: file,
        PROXY_AUTH_MODE: 'off',
        SHUTDOWN_DELAY_MS: COMPOSE_DELAY_MS,
        PORT: port,
      });
    const ports = [String(await freePort()), String(await freePort())];
    const easels = ports.map(replica);
    await Promise.all(easels.map((easel) => easel.url()));
    const nginx = await startNginx(ports.map((port) => `127.0.0.1:${port}`));
    const failed: { readonly status: number; readonly text: string }[] = [];
    let count = 0;
    let isOver = false;
    const lanes = [1, 2, 3, 4].map(async (lane) => {
      while (!isOver) {
        count += 1;
        const response = await generateAt(nginx.url, {
          prompt: 'x',
          ignored: 'x'.repeat(count % 97),
        });
        const text = await response.text();
        if (response.status !== 200) {
          failed.push({ status: response.status, text: `${lane}: ${text.slice(0, 200)}` });
        }
      }
    });
    for (const [index, port] of ports.entries()) {
      const old = easels[index];
      const before = count;
      old?.child.kill('SIGTERM');
      expect(await old?.exit).toBe(0);
      expect(count).toBeGreaterThan(before);
      const fresh = replica(port);
      easels[index] = fresh;
      await fresh.url();
    }
    isOver = true;
    await Promise.all(lanes);
    await nginx.close();
    for (const easel of easels) {
      easel.child.kill('SIGKILL');
    }
    await emulator.close();
    expect(failed).toEqual([]);
    expect(emulator.requests.length).toBe(Math.min(count, 1000));
  });
});

describeWithNginx('nginx in front of servers that misbehave', () => {
  const servers: Server[] = [];
  let nginx: RunningNginx | undefined;

  afterEach(async () => {
    await nginx?.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('never sends a POST to a second replica when the first broke off or was busy', async () => {
    const seen: string[] = [];
    const breakOff: RequestListener = (call, response) => {
      seen.push(call.url ?? '');
      call.resume();
      call.on('end', () => {
        if (call.url === '/busy') {
          response.writeHead(503).end();
        } else {
          call.socket.destroy();
        }
      });
    };
    nginx = await startNginx([await serve(breakOff), await serve(breakOff), await serve(breakOff)]);
    for (const path of ['/busy', '/breaks']) {
      const response = await fetch(nginx.url + path, { method: 'POST', body: 'x' });
      expect(response.status).toBe(path === '/busy' ? 503 : 502);
    }
    expect(seen).toEqual(['/busy', '/breaks']);
  });

  it('passes over those that cannot be reached', async () => {
    const gone = [await freePort(), await freePort()].map((port) => `127.0.0.1:${port}`);
    const responses = await serve((call, response) => {
      call.resume();
      response.end('served');
    });
    nginx = await startNginx([...gone, responses]);
    for (let count = 0; count < 6; count += 1) {
      const response = await fetch(nginx.url, { method: 'POST', body: 'x' });
      expect(await response.text()).toBe('served');
    }
  });

  it('passes each event of a stream on before the next is sent', async () => {
    let sendNext: () => void = () => undefined;
    const stream = await serve((call, response) => {
      call.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      let number = 0;
      sendNext = () => {
        number += 1;
        response.write(`data: ${number}\n\n`);
        if (number === 3) {
          response.end();
        }
      };
      sendNext();
    });
    nginx = await startNginx([stream]);
    const response = await fetch(nginx.url, { method: 'POST', body: 'x' });
    const events: string[] = [];
    for await (const chunk of response.body ?? []) {
      events.push(Buffer.from(chunk).toString());
      sendNext();
    }
    expect(events).toEqual(['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']);
  });
});
