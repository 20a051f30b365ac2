import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { startProcess } from './easel-process';
import { markedImage, sha256Of, type MarkedImage } from './marked-image';
import { mebibytesOf, RETURNING_LARGE_BLOCKS } from './process-memory';
import { imagePart, respond } from './scripted-upstream';

/** What the process has done since it was asked last. */
interface Watched {
  /** Of the longest string that was made of bytes, parsed or written as JSON, in characters. */
  readonly longest: number;
  readonly cpuMs: number;
}

/** Easel as a process of its own whose strings are watched, and an upstream that answers with a large image. */
export interface WatchedEasel {
  readonly url: string;
  /** What upstream answers with. */
  readonly made: MarkedImage;
  /** The digests of the images of the last call that came upstream. */
  lastReceived(): readonly string[];
  /** Posts JSON as it stands. Not with `fetch`, which copies bodies and responses several times. */
  post(path: string, json: Buffer): Promise<IncomingMessage>;
  watched(): Promise<Watched>;
  /** The most that the process ever had of the machine's memory, in MiB. */
  peakMebibytes(): number;
  close(): Promise<void>;
}

interface UpstreamBody {
  readonly contents: readonly {
    readonly parts: readonly { readonly inlineData?: { readonly data: string } }[];
  }[];
}

/** The status of a response that has come in whole, and is of no other interest. */
export async function statusOf(response: IncomingMessage): Promise<number | undefined> {
  await finished(response.resume());
  return response.statusCode;
}

export async function startWatchedEasel(
  imageBytes: number,
  env: Readonly<Record<string, string>> = {},
): Promise<WatchedEasel> {
  const made = await markedImage(0x1234, imageBytes);
  const response = Buffer.from(JSON.stringify(respond([imagePart(made.base64)], 'STOP')));
  // Only read where a test asks for it: of many large calls, that is most of the work.
  let lastBody: readonly Buffer[] = [];
  const upstream = createServer((request, answer) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      lastBody = chunks;
      answer.writeHead(200, { 'content-type': 'application/json' }).end(response);
    });
  });
  await new Promise<void>((done) => upstream.listen(0, '127.0.0.1', done));
  const { port } = upstream.address() as AddressInfo;
  const folder = mkdtempSync(join(tmpdir(), 'watched-'));
  const file = join(folder, 'accounts.json');
  const account = {
    email: 'a@test',
    provider: 'gemini',
    apiKey: 'k',
    baseUrl: `http://127.0.0.1:${port}`,
    maxConcurrency: 64,
  };
  writeFileSync(file, JSON.stringify({ accounts: [account] }));
  const started = startProcess(
    {
      ACCOUNTS_FILE: file,
      PROXY_AUTH_MODE: 'off',
      LOG_LEVEL: 'info',
      ...RETURNING_LARGE_BLOCKS,
      ...env,
    },
    require.resolve('./string-watch.cjs'),
  );
  const url = await started.url();
  return {
    url,
    made,
    lastReceived: () => {
      const { contents } = JSON.parse(Buffer.concat(lastBody).toString('latin1')) as UpstreamBody;
      return contents.flatMap(({ parts }) =>
        parts.flatMap(({ inlineData }) =>
          inlineData === undefined ? [] : [sha256Of(Buffer.from(inlineData.data, 'base64'))],
        ),
      );
    },
    post: async (path, json) => {
      const request = httpRequest(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
      });
      const response = once(request, 'response');
      // Easel may reset the connection of a body that it does not read to its end, after its response.
      request.on('error', () => undefined);
      request.end(json);
      const [message] = (await response) as [IncomingMessage];
      return message;
    },
    watched: async () => {
      const answer = once(started.child, 'message');
      started.child.send('');
      const [watched] = (await answer) as [Watched];
      return watched;
    },
    peakMebibytes: () => mebibytesOf(started.child.pid, 'VmHWM'),
    close: async () => {
      started.child.kill();
      await started.exit;
      upstream.closeAllConnections();
      await new Promise((done) => upstream.close(done));
      rmSync(folder, { recursive: true });
    },
  };
}
