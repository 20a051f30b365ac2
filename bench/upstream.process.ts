import { createServer } from 'node:http';
import { tellReady } from './child';
import {
  digestOf,
  geminiResponse,
  isPayloadSize,
  jpegOf,
  sizeIn,
  type PayloadSize,
} from './payload';

/** A Gemini that only writes: all responses are generated before the first request. */
async function start(sizes: readonly PayloadSize[]): Promise<void> {
  const responses = new Map<PayloadSize, Buffer>();
  const digests: Record<string, string> = {};
  for (const size of sizes) {
    const base64 = (await jpegOf(size)).toString('base64');
    responses.set(size, geminiResponse(base64));
    digests[size] = digestOf(base64);
  }
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('latin1');
    });
    request.on('end', () => {
      const size = sizeIn(body);
      const document = size === undefined ? undefined : responses.get(size);
      if (document === undefined) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, {
        'content-type': 'application/json; charset=UTF-8',
        'content-length': document.length,
      });
      response.end(document);
    });
  });
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1', () => {
    tellReady(server.address(), digests);
  });
}

void start(process.argv.slice(2).filter(isPayloadSize));
