import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';

export const S3_CREDENTIALS = { accessKeyId: 'AKIAEASEL', secretAccessKey: 'secret-of-the-test' };
const REGION = 'eu-west-3';
export const BUCKET = 'pictures';

interface StoredObject {
  readonly bytes: Buffer;
  readonly type: string;
  readonly modified: Date;
}

/** What the server does with a request instead of serving it; `hasty`: refuses it without having read its body. */
type S3Fault = 'none' | 'frozen' | 'failing' | 'cutting' | 'failing reads' | 'hasty';

/** A server with the part of S3 that Easel uses. It refuses each request with a wrong signature. */
export interface S3Server {
  readonly url: string;
  /** By key. */
  readonly objects: Map<string, StoredObject>;
  /** The error codes that it has answered with. */
  readonly errors: readonly string[];
  /** Method and path of each request that has come. */
  readonly requests: readonly string[];
  fault: S3Fault;
  closeIdle(): void;
  close(): Promise<void>;
}

class S3Error extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(code);
  }
}

export async function startS3Server(): Promise<S3Server> {
  const objects = new Map<string, StoredObject>();
  const errors: string[] = [];
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { fault } = state;
    requests.push(`${request.method} ${request.url}`);
    if (fault === 'frozen') {
      return;
    }
    if (fault === 'cutting') {
      request.socket.destroy();
      return;
    }
    if (fault === 'hasty' && request.method === 'PUT') {
      request.socket.resetAndDestroy();
      return;
    }
    void serve(request, response, objects, fault).catch((error: unknown) => {
      const { status, code } = error instanceof S3Error ? error : new S3Error(500, 'InternalError');
      errors.push(code);
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.end(
        request.method === 'HEAD' ? '' : `<Error><Code>${code}</Code><Message>no</Message></Error>`,
      );
    });
  });
  // A client that sends Expect: 100-continue gets the refusal; the connection of any other is reset.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (state.fault !== 'hasty') {
      response.writeContinue();
      server.emit('request', request, response);
      return;
    }
    requests.push(`${request.method} ${request.url}`);
    const body = '<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>';
    response.writeHead(403, { 'content-type': 'application/xml', connection: 'close' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const state: S3Server = {
    url: `http://127.0.0.1:${port}`,
    objects,
    errors,
    requests,
    fault: 'none',
    closeIdle: () => {
      server.closeIdleConnections();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return state;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  objects: Map<string, StoredObject>,
  fault: S3Fault,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
  }
  await verify(request);
  if (fault === 'failing' || (fault === 'failing reads' && request.method === 'GET')) {
    throw new S3Error(503, 'SlowDown');
  }
  const url = new URL(request.url ?? '', 'http://s3');
  const [, bucket = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
  const key = rest.join('/');
  if (bucket !== BUCKET) {
    throw new S3Error(404, 'NoSuchBucket');
  }
  if (key === '') {
    list(url.searchParams.get('prefix') ?? '', objects, response);
    return;
  }
  const object = objects.get(key);
  switch (request.method) {
    case 'PUT':
      if (request.headers['if-none-match'] === '*' && object !== undefined) {
        throw new S3Error(412, 'PreconditionFailed');
      }
      objects.set(key, {
        bytes: Buffer.concat(chunks),
        type: String(request.headers['content-type']),
        modified: new Date(),
      });
      response.end();
      return;
    case 'DELETE':
      objects.delete(key);
      response.writeHead(204).end();
      return;
    default:
      send(request, response, object);
  }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  object: StoredObject | undefined,
): void {
  if (object === undefined) {
    throw new S3Error(404, 'NoSuchKey');
  }
  const { bytes, type, modified } = object;
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const part = start === undefined ? bytes : bytes.subarray(Number(start), Number(end) + 1);
  response.writeHead(start === undefined ? 200 : 206, {
    'content-type': type,
    'content-length': part.length,
    'last-modified': modified.toUTCString(),
  });
  response.end(request.method === 'HEAD' ? undefined : part);
}

function list(prefix: string, objects: Map<string, StoredObject>, response: ServerResponse): void {
  const found = [...objects].filter(([key]) => key.startsWith(prefix));
  const contents = found.map(
    ([key, { modified, bytes }]) =>
      `<Contents><Key>${key}</Key><LastModified>${modified.toISOString()}</LastModified>` +
      `<Size>${bytes.length}</Size></Contents>`,
  );
  response.writeHead(200, { 'content-type': 'application/xml' });
  response.end(
    `<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`,
  );
}

/** Signs the request anew, as it came, and compares. */
async function verify(request: IncomingMessage): Promise<void> {
  const { authorization = '', 'x-amz-date': date } = request.headers;
  const [, scope = '', signedHeaders = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      authorization,
    ) ?? [];
  if (signature === undefined || typeof date !== 'string') {
    throw new S3Error(403, 'AccessDenied');
  }
  if (!scope.startsWith(`${S3_CREDENTIALS.accessKeyId}/`)) {
    throw new S3Error(403, 'InvalidAccessKeyId');
  }
  const url = new URL(request.url ?? '', 'http://s3');
  const signer = new SignatureV4({
    credentials: S3_CREDENTIALS,
    region: REGION,
    service: 's3',
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const signed = await signer.sign(
    {
      method: String(request.method),
      protocol: 'http:',
      hostname: '127.0.0.1',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries(
        signedHeaders.split(';').map((name) => [name, String(request.headers[name])]),
      ),
    },
    {
      signingDate: new Date(
        date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
      ),
      signableHeaders: new Set(signedHeaders.split(';')),
    },
  );
  if (!String(signed.headers['authorization']).endsWith(`Signature=${signature}`)) {
    throw new S3Error(403, 'SignatureDoesNotMatch');
  }
}
