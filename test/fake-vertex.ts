import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';

/** The part of a request's body that the tests look at. */
interface VertexBody {
  readonly contents: readonly { readonly role?: string }[];
  readonly generationConfig: {
    readonly imageConfig?: {
      readonly aspectRatio?: string;
      readonly imageSize?: string;
      readonly imageOutputOptions?: { mimeType: string; compressionQuality?: number };
    };
  };
}

interface VertexRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: VertexBody;
}

/** Vertex AI's generateContent over HTTP. It draws for every valid token. */
export interface FakeVertex {
  readonly url: string;
  readonly requests: readonly VertexRequest[];
  /** Tokens that get a 401 from now on. */
  readonly refused: Set<string>;
  /** The format of every image from now on, whatever the request says. */
  insistOn(format: 'png' | 'jpeg'): void;
  close(): Promise<void>;
}

/** How Vertex refuses a token whose time is over. */
const UNAUTHENTICATED = {
  error: {
    code: 401,
    status: 'UNAUTHENTICATED',
    message: 'Request had invalid authentication credentials.',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'ACCESS_TOKEN_EXPIRED',
        domain: 'googleapis.com',
      },
    ],
  },
};

export async function startVertex(): Promise<FakeVertex> {
  const requests: VertexRequest[] = [];
  const refused = new Set<string>();
  let insistence: 'png' | 'jpeg' | undefined;
  const server = createServer((request, response) => {
    void bodyOf(request).then(async (body) => {
      requests.push({ path: request.url ?? '', headers: request.headers, body });
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
      const isRefused = token === undefined || refused.has(token);
      response.writeHead(isRefused ? 401 : 200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(isRefused ? UNAUTHENTICATED : await drawn(body, insistence), undefined, 2),
      );
    });
  });
  return {
    url: await listening(server),
    requests,
    refused,
    insistOn: (format) => {
      insistence = format;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A gradient, so that its quality shows in its size. */
async function drawn(body: VertexBody, insistence: 'png' | 'jpeg' | undefined): Promise<unknown> {
  const { mimeType = 'image/png', compressionQuality = 75 } =
    body.generationConfig.imageConfig?.imageOutputOptions ?? {};
  const format = insistence ?? (mimeType === 'image/jpeg' ? 'jpeg' : 'png');
  const raw = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, index) => (index * 7) % 256));
  const image = sharp(raw, { raw: { width: 64, height: 64, channels: 3 } });
  const bytes = await (
    format === 'jpeg' ? image.jpeg({ quality: Math.max(compressionQuality, 1) }) : image.png()
  ).toBuffer();
  const inlineData = { mimeType: `image/${format}`, data: bytes.toString('base64') };
  return {
    candidates: [
      { content: { role: 'model', parts: [{ inlineData }] }, finishReason: 'STOP', index: 0 },
    ],
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 1120, totalTokenCount: 1123 },
    modelVersion: 'gemini-3-pro-image',
    createTime: '2026-11-01T00:00:00Z',
  };
}

async function bodyOf(request: IncomingMessage): Promise<VertexBody> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as VertexBody;
}
