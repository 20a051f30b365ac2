import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';

/** The address that requests are sent to. */
export interface WarmUpTarget {
  readonly port: number;
  readonly key: string;
}

/** With 700 requests, later images took a fifth more CPU; with 1,500 they took no less. */
const REQUESTS = 1000;
/** The maximum delay of a start, however busy the machine is. */
const LIMIT_MS = 1700;
const AT_ONCE = 16;
/** For requests in flight at the limit. */
const GRACE_MS = 500;

/**
 * The sizes of images in turn, in bytes: those that fit into one slab, and one that takes several.
 */
const IMAGE_BYTES = [45_000, 45_000, 45_000, 45_000, 45_000, 45_000, 45_000, 1_000_000];

/** The upstream and the clients of the application that warms up, on a thread of their own. */
const upstream = serveUpstream();
parentPort?.once('message', (target: WarmUpTarget) => {
  setTimeout(() => process.exit(1), LIMIT_MS + GRACE_MS);
  void sendRequests(target).then((served) => {
    parentPort?.postMessage(served);
    process.exit();
  });
});
upstream.listen(0, '127.0.0.1', () => {
  parentPort?.postMessage((upstream.address() as AddressInfo).port);
});

function serveUpstream() {
  const documents = IMAGE_BYTES.map((bytes) => geminiResponse(jpegOf(bytes).toString('base64')));
  let turn = 0;
  return createServer((call, response) => {
    call.resume().on('end', () => {
      turn += 1;
      const document = documents[turn % documents.length] ?? Buffer.alloc(0);
      const headers = {
        'content-type': 'application/json; charset=UTF-8',
        'content-length': document.length,
        vary: 'Origin',
        server: 'scaffolding on HTTPServer2',
        'x-xss-protection': '0',
      };
      response.writeHead(200, headers).end(document);
    });
  });
}

/** The number of requests that returned an image. */
async function sendRequests(target: WarmUpTarget): Promise<number> {
  const end = performance.now() + LIMIT_MS;
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  let sent = 0;
  let served = 0;
  const client = async (): Promise<void> => {
    while (sent < REQUESTS && performance.now() < end) {
      sent += 1;
      if (await isServed(target, agent)) {
        served += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  return served;
}

function isServed({ port, key }: WarmUpTarget, agent: Agent): Promise<boolean> {
  const fields = {
    model: 'gemini-3-pro-image',
    prompt: 'a boat on a lake',
    n: 1,
    size: '1024x1024',
    response_format: 'b64_json',
  };
  const body = JSON.stringify(fields);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    authorization: `Bearer ${key}`,
    accept: 'application/json',
    'user-agent': 'easel-warm-up',
  };
  return new Promise((resolve, reject) => {
    request({
      host: '127.0.0.1',
      port,
      path: '/v1/images/generations',
      method: 'POST',
      agent,
      headers,
    })
      .on('response', (response) => {
        response.resume().on('end', () => {
          resolve(response.statusCode === 200);
        });
        response.on('error', reject);
      })
      .on('error', reject)
      .end(body);
  });
}

/** With Google's members and layout, because V8 optimises for those. */
function geminiResponse(data: string): Buffer {
  const thoughtSignature = Buffer.alloc(420, 'signature').toString('base64');
  const parts = [{ inlineData: { mimeType: 'image/jpeg', data }, thoughtSignature }];
  const response = {
    candidates: [{ content: { parts, role: 'model' }, finishReason: 'STOP', index: 0 }],
    usageMetadata: {
      promptTokenCount: 12,
      candidatesTokenCount: 1120,
      totalTokenCount: 1269,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 12 }],
      candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1120 }],
      thoughtsTokenCount: 137,
    },
    modelVersion: 'gemini-3-pro-image',
    responseId: 'warm-up',
  };
  return Buffer.from(`${JSON.stringify(response, undefined, 2)}\n`);
}

/**
 * As much of a JPEG as Easel reads without decoding it: JFIF's segment, a frame of 1024 × 1024, and
 * the end.
 */
function jpegOf(bytes: number): Buffer {
  const jpeg = Buffer.alloc(bytes);
  jpeg.write(
    'ffd8ffe000104a46494600010100000100010000ffc00011080400040003012200021101031101',
    'hex',
  );
  jpeg.write('ffd9', bytes - 2, 'hex');
  return jpeg;
}
