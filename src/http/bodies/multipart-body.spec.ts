import fc from 'fast-check';
import { serveBodies, type BodyServer } from '../../../test/body-server';
import { MultipartReader, readMultipartBody } from './multipart-body';
import type { MultipartForm } from './multipart-form';

const FILES = { names: new Set(['image', 'mask']), types: /^image\// };
const PNG = Buffer.from('89504e470d0a1a0a0000000d494844520d0a2d2d0d0a', 'hex');
const JPEG = Buffer.from('ffd8ffe000104a46494600010d0a', 'hex');

type Piece = string | Buffer;

/** A form as readable as its comparison: `[name, text]`, or `[name, file name, type, bytes in hex]`. */
function summaryOf({ fields, files }: MultipartForm): object {
  return {
    fields: fields.map(({ name, value }) => [name, value]),
    files: files.map(({ name, filename, declaredType, bytes }) => [
      name,
      filename,
      declaredType,
      Buffer.concat(bytes).toString('hex'),
    ]),
  };
}

const hex = (bytes: Buffer) => bytes.toString('hex');
const join = (pieces: readonly Piece[]) =>
  Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));

/** Every client's form as it leaves the client: content type, body, fields and files. */
const DIALECTS: readonly (readonly [
  string,
  string,
  readonly Piece[],
  readonly (readonly [string, string])[],
  readonly (readonly [string, string | undefined, string | undefined, string])[],
])[] = [
  [
    'openai-node 7, a buffer made a file',
    'multipart/form-data; boundary=----formdata-undici-041107475452',
    [
      '------formdata-undici-041107475452\r\nContent-Disposition: form-data; name="image"; filename="b"\r\nContent-Type: application/octet-stream\r\n\r\n',
      PNG,
      '\r\n------formdata-undici-041107475452\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nx\r\n------formdata-undici-041107475452\r\nContent-Disposition: form-data; name="n"\r\n\r\n2\r\n------formdata-undici-041107475452--\r\n',
    ],
    [
      ['prompt', 'x'],
      ['n', '2'],
    ],
    [['image', 'b', 'application/octet-stream', hex(PNG)]],
  ],
  [
    'openai-node 4, text first, a line break after the end',
    'multipart/form-data; boundary=form-data-boundary-mfz1z1857xiwi47r',
    [
      '--form-data-boundary-mfz1z1857xiwi47r\r\nContent-Disposition: form-data; name="prompt"\r\n\r\né\r\n--form-data-boundary-mfz1z1857xiwi47r\r\nContent-Disposition: form-data; name="mask"; filename="m.png"\r\nContent-Type: image/png\r\n\r\n',
      PNG,
      '\r\n--form-data-boundary-mfz1z1857xiwi47r\r\nContent-Disposition: form-data; name="image[]"; filename="x.png"\r\nContent-Type: application/octet-stream\r\n\r\n',
      JPEG,
      '\r\n--form-data-boundary-mfz1z1857xiwi47r--\r\n\r\n',
    ],
    [['prompt', 'é']],
    [
      ['mask', 'm.png', 'image/png', hex(PNG)],
      ['image[]', 'x.png', 'application/octet-stream', hex(JPEG)],
    ],
  ],
  [
    'openai-node, a string where a file belongs',
    'multipart/form-data; boundary=----formdata-undici-016382369806',
    [
      '------formdata-undici-016382369806\r\nContent-Disposition: form-data; name="image"\r\n\r\ndata:image/png;base64,iVBO\r\n------formdata-undici-016382369806\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nx\r\n------formdata-undici-016382369806--\r\n',
    ],
    [
      ['image', 'data:image/png;base64,iVBO'],
      ['prompt', 'x'],
    ],
    [],
  ],
  [
    'openai-python, bytes',
    'multipart/form-data; boundary=4f5a1b2c3d4e5f60718293a4b5c6d7e8',
    [
      '--4f5a1b2c3d4e5f60718293a4b5c6d7e8\r\nContent-Disposition: form-data; name="prompt"\r\n\r\na cat\r\n--4f5a1b2c3d4e5f60718293a4b5c6d7e8\r\nContent-Disposition: form-data; name="image[]"; filename="upload"\r\nContent-Type: application/octet-stream\r\n\r\n',
      PNG,
      '\r\n--4f5a1b2c3d4e5f60718293a4b5c6d7e8\r\nContent-Disposition: form-data; name="image[]"; filename="b.jpg"\r\nContent-Type: image/jpeg\r\n\r\n',
      JPEG,
      '\r\n--4f5a1b2c3d4e5f60718293a4b5c6d7e8--\r\n',
    ],
    [['prompt', 'a cat']],
    [
      ['image[]', 'upload', 'application/octet-stream', hex(PNG)],
      ['image[]', 'b.jpg', 'image/jpeg', hex(JPEG)],
    ],
  ],
  [
    'openai-java, a stream without a file name and texts with a type',
    'multipart/form-data; boundary=8c2f0b7e-4e2f-4d0e-9d3f-1f1f7a0a9f10',
    [
      '--8c2f0b7e-4e2f-4d0e-9d3f-1f1f7a0a9f10\r\nContent-Disposition: form-data; name="image"\r\nContent-Type: application/octet-stream\r\n\r\n',
      PNG,
      '\r\n--8c2f0b7e-4e2f-4d0e-9d3f-1f1f7a0a9f10\r\nContent-Disposition: form-data; name="prompt"\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nun été\r\n--8c2f0b7e-4e2f-4d0e-9d3f-1f1f7a0a9f10--\r\n',
    ],
    [['prompt', 'un été']],
    [['image', undefined, 'application/octet-stream', hex(PNG)]],
  ],
  [
    'openai-go',
    'multipart/form-data; boundary=2b7d0f6a1c3e5a7b9d0f2a4c6e8b0d2f4a6c8e0b2d4f6a8c0e2b4d6f8a0c',
    [
      '--2b7d0f6a1c3e5a7b9d0f2a4c6e8b0d2f4a6c8e0b2d4f6a8c0e2b4d6f8a0c\r\nContent-Disposition: form-data; name="image[]"; filename="anonymous_file"\r\nContent-Type: application/octet-stream\r\n\r\n',
      JPEG,
      '\r\n--2b7d0f6a1c3e5a7b9d0f2a4c6e8b0d2f4a6c8e0b2d4f6a8c0e2b4d6f8a0c\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nx\r\n--2b7d0f6a1c3e5a7b9d0f2a4c6e8b0d2f4a6c8e0b2d4f6a8c0e2b4d6f8a0c--\r\n',
    ],
    [['prompt', 'x']],
    [['image[]', 'anonymous_file', 'application/octet-stream', hex(JPEG)]],
  ],
  [
    'openai-dotnet: a quoted boundary of 70, names without quotes, a path, no type of the image',
    'multipart/form-data; boundary="A=z_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ=_abcdefghijklmnopqrstuvwxyz_0="',
    [
      '--A=z_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ=_abcdefghijklmnopqrstuvwxyz_0=\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=prompt\r\n\r\nmake it blue\r\n--A=z_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ=_abcdefghijklmnopqrstuvwxyz_0=\r\nContent-Disposition: form-data; name=image; filename="Assets/x.png"; filename*=utf-8\'\'Assets%2fx.png\r\n\r\n',
      PNG,
      '\r\n--A=z_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ=_abcdefghijklmnopqrstuvwxyz_0=--\r\n',
    ],
    [['prompt', 'make it blue']],
    [['image', 'x.png', undefined, hex(PNG)]],
  ],
  [
    'AI SDK, several images between texts',
    'multipart/form-data; boundary=----formdata-undici-047298325560',
    [
      '------formdata-undici-047298325560\r\nContent-Disposition: form-data; name="model"\r\n\r\ngpt-image-1\r\n------formdata-undici-047298325560\r\nContent-Disposition: form-data; name="image[]"; filename="blob"\r\nContent-Type: image/png\r\n\r\n',
      PNG,
      '\r\n------formdata-undici-047298325560\r\nContent-Disposition: form-data; name="image[]"; filename="blob"\r\nContent-Type: image/png\r\n\r\n',
      JPEG,
      '\r\n------formdata-undici-047298325560\r\nContent-Disposition: form-data; name="n"\r\n\r\n1\r\n------formdata-undici-047298325560--\r\n',
    ],
    [
      ['model', 'gpt-image-1'],
      ['n', '1'],
    ],
    [
      ['image[]', 'blob', 'image/png', hex(PNG)],
      ['image[]', 'blob', 'image/png', hex(JPEG)],
    ],
  ],
  [
    'Cherry Studio, `image` repeated and image/jpg',
    'multipart/form-data; boundary=----WebKitFormBoundaryzca7IDMnT6QwqBp7',
    [
      '------WebKitFormBoundaryzca7IDMnT6QwqBp7\r\nContent-Disposition: form-data; name="image"; filename="图片.jpg"\r\nContent-Type: image/jpg\r\n\r\n',
      JPEG,
      '\r\n------WebKitFormBoundaryzca7IDMnT6QwqBp7\r\nContent-Disposition: form-data; name="image"; filename="assistant_image.png"\r\nContent-Type: image/png\r\n\r\n',
      PNG,
      '\r\n------WebKitFormBoundaryzca7IDMnT6QwqBp7\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n一只猫\r\n------WebKitFormBoundaryzca7IDMnT6QwqBp7--\r\n',
    ],
    [['prompt', '一只猫']],
    [
      ['image', '图片.jpg', 'image/jpg', hex(JPEG)],
      ['image', 'assistant_image.png', 'image/png', hex(PNG)],
    ],
  ],
  [
    'LibreChat and other users of form-data',
    'multipart/form-data; boundary=--------------------------515890814546601021194782',
    [
      '----------------------------515890814546601021194782\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nx\r\n----------------------------515890814546601021194782\r\nContent-Disposition: form-data; name="image[]"; filename="image.png"\r\nContent-Type: image/png\r\n\r\n',
      PNG,
      '\r\n----------------------------515890814546601021194782--\r\n',
    ],
    [['prompt', 'x']],
    [['image[]', 'image.png', 'image/png', hex(PNG)]],
  ],
  [
    'Open WebUI on aiohttp, the type before the disposition',
    'multipart/form-data; boundary=d5a4b1c7f0e94a0c8d2e',
    [
      '--d5a4b1c7f0e94a0c8d2e\r\nContent-Type: image/png\r\nContent-Disposition: form-data; name="image"; filename="0b0e7e.png"\r\n\r\n',
      PNG,
      '\r\n--d5a4b1c7f0e94a0c8d2e\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nx\r\n--d5a4b1c7f0e94a0c8d2e--\r\n',
    ],
    [['prompt', 'x']],
    [['image', '0b0e7e.png', 'image/png', hex(PNG)]],
  ],
  [
    'a browser’s form or curl, with a file that was not chosen',
    'multipart/form-data; boundary=------------------------ae50d5ba7f9f4892',
    [
      '--------------------------ae50d5ba7f9f4892\r\nContent-Disposition: form-data; name="image[]"; filename="y.png"\r\nContent-Type: image/png\r\n\r\n',
      PNG,
      '\r\n--------------------------ae50d5ba7f9f4892\r\nContent-Disposition: form-data; name="mask"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--------------------------ae50d5ba7f9f4892\r\nContent-Disposition: form-data; name="prompt"\r\n\r\na "q" \\ b\r\n--------------------------ae50d5ba7f9f4892--\r\n',
    ],
    [['prompt', 'a "q" \\ b']],
    [['image[]', 'y.png', 'image/png', hex(PNG)]],
  ],
  [
    'Swagger UI, an empty value for a file',
    'multipart/form-data; boundary=----WebKitFormBoundaryA',
    [
      '------WebKitFormBoundaryA\r\nContent-Disposition: form-data; name="mask"\r\n\r\n\r\n------WebKitFormBoundaryA\r\nContent-Disposition: form-data; name="user"\r\n\r\n\r\n------WebKitFormBoundaryA--\r\n',
    ],
    [['user', '']],
    [],
  ],
  [
    'neither file name nor type, and still an image',
    'multipart/form-data; boundary=B',
    [
      '--B\r\ncontent-disposition:form-data;name=image\r\n\r\n',
      PNG,
      '\r\n--B\r\nCONTENT-DISPOSITION: FORM-DATA; NAME="mask"\r\nCONTENT-TYPE: text/plain\r\n\r\n',
      JPEG,
      '\r\n--B--',
    ],
    [],
    [
      ['image', undefined, undefined, hex(PNG)],
      ['mask', undefined, 'text/plain', hex(JPEG)],
    ],
  ],
  [
    'text before and after the form',
    'Multipart/Form-Data; charset=utf-8; Boundary=B',
    [
      'This is a form.\r\nIgnore this.\r\n--B\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nline\r\n--not the boundary\r\n\r\n--B--\r\nand this --B\r\n',
    ],
    [['prompt', 'line\r\n--not the boundary\r\n']],
    [],
  ],
  ['a form of nothing', 'multipart/form-data; boundary=B', ['--B--\r\n'], [], []],
  [
    'an empty file that has a name',
    'multipart/form-data; boundary=B',
    ['--B\r\nContent-Disposition: form-data; name="image"; filename="x.png"\r\n\r\n\r\n--B--\r\n'],
    [],
    [['image', 'x.png', undefined, '']],
  ],
];

describe('readMultipartBody', () => {
  let server: BodyServer;

  beforeAll(async () => {
    server = await serveBodies(async (request, response) =>
      summaryOf(await readMultipartBody(request, response, { maxMegabytes: 1, files: FILES })),
    );
  });
  afterAll(() => {
    server.close();
  });

  describe.each(DIALECTS)('%s', (_name, contentType, pieces, fields, files) => {
    const body = join(pieces);
    const type = `Content-Type: ${contentType}`;

    it('at once', async () => {
      const { status } = await server.send([type, `Content-Length: ${body.length}`], body);
      expect(status).toBe(200);
      expect(server.results.at(-1)).toEqual({ fields, files });
    });

    it('in chunks', async () => {
      const chunks = [...Array(Math.ceil(body.length / 37)).keys()].flatMap((index) => {
        const chunk = body.subarray(index * 37, (index + 1) * 37);
        return [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n'];
      });
      const { status } = await server.send(
        [type, 'Transfer-Encoding: chunked'],
        join([...chunks, '0\r\n\r\n']),
      );
      expect(status).toBe(200);
      expect(server.results.at(-1)).toEqual({ fields, files });
    });
  });

  const text = (name: string, value: string) =>
    `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

  it.each<[string, string, string, number, string]>([
    ['no boundary', 'multipart/form-data', '--B--', 400, 'has no boundary'],
    ['an empty boundary', 'multipart/form-data; boundary=', '--B--', 400, 'has no boundary'],
    [
      'a boundary too long',
      `multipart/form-data; boundary=${'x'.repeat(300)}`,
      '',
      400,
      'too long',
    ],
    ['another boundary', 'multipart/form-data; boundary=A', '--B--\r\n', 400, 'ends before'],
    ['nothing', 'multipart/form-data; boundary=B', '', 400, 'ends before'],
    ['no form', 'multipart/form-data; boundary=B', '{"prompt":"x"}', 400, 'ends before'],
    ['no closing boundary', 'multipart/form-data; boundary=B', text('a', 'b'), 400, 'ends before'],
    ['half a closing boundary', 'multipart/form-data; boundary=B', '--B-', 400, 'ends before'],
    [
      'an end within a header',
      'multipart/form-data; boundary=B',
      '--B\r\nContent-Dis',
      400,
      'ends before',
    ],
    [
      'an end within a part',
      'multipart/form-data; boundary=B',
      text('a', 'b').slice(0, -3),
      400,
      'ends before',
    ],
    [
      'a header without a colon',
      'multipart/form-data; boundary=B',
      '--B\r\nContent-Disposition form-data\r\n\r\nx\r\n--B--',
      400,
      'no Content-Disposition',
    ],
    [
      'a header without an end',
      'multipart/form-data; boundary=B',
      '--B\r\nContent-Disposition: form-data; name="a"\r\n--B--',
      400,
      'no Content-Disposition',
    ],
    [
      'no header',
      'multipart/form-data; boundary=B',
      '--B\r\n\r\nx\r\n--B--',
      400,
      'no Content-Disposition',
    ],
    [
      'an empty part',
      'multipart/form-data; boundary=B',
      `--B\r\n${text('a', 'b')}--B--`,
      400,
      'no Content-Disposition',
    ],
    [
      'no name',
      'multipart/form-data; boundary=B',
      '--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--',
      400,
      'no Content-Disposition',
    ],
    [
      'a name too long',
      'multipart/form-data; boundary=B',
      `${text('a'.repeat(300), 'b')}--B--`,
      400,
      'proper name',
    ],
    [
      'a header too long',
      'multipart/form-data; boundary=B',
      `--B\r\nX: ${'x'.repeat(20_000)}\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n--B--`,
      400,
      'proper name',
    ],
    ['a second form', 'multipart/form-data; boundary=B', '--B--\r\n--B\r\n--B\r\n--B', 200, ''],
    [
      'a text too long',
      'multipart/form-data; boundary=B',
      `${text('prompt', 'x'.repeat(263_000))}--B--`,
      400,
      "Invalid 'prompt': string too long",
    ],
    [
      'too many parts',
      'multipart/form-data; boundary=B',
      `${text('a', 'b').repeat(257)}--B--`,
      400,
      '256 parts',
    ],
    [
      'a number sent as a file',
      'multipart/form-data; boundary=B',
      '--B\r\nContent-Disposition: form-data; name="n"; filename="n"\r\n\r\n2\r\n--B--',
      200,
      '',
    ],
    [
      'too much',
      'multipart/form-data; boundary=B',
      text('image', 'x'.repeat(1_100_000)),
      413,
      '1 MiB',
    ],
    [
      'as many parts as there may be',
      'multipart/form-data; boundary=B',
      `${text('a', 'b').repeat(256)}--B--`,
      200,
      '',
    ],
    [
      'the longest prompt',
      'multipart/form-data; boundary=B',
      `${text('prompt', '🚀'.repeat(32_000))}--B--`,
      200,
      '',
    ],
    [
      'a long text for a file',
      'multipart/form-data; boundary=B',
      `${text('image', 'data:'.repeat(200_000))}--B--`,
      200,
      '',
    ],
  ])('%s', async (_name, type, body, status, message) => {
    const reply = await server.send(
      [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`],
      body,
    );
    expect(reply.status).toBe(status);
    expect(reply.message ?? '').toContain(message);
  });

  it('refuses texts that are too long together', async () => {
    const roomy = await serveBodies((request, response) =>
      readMultipartBody(request, response, { maxMegabytes: 100, files: FILES }),
    );
    const body = text('a', 'x'.repeat(200_000)).repeat(25);
    const type = 'Content-Type: multipart/form-data; boundary=B';
    const reply = await roomy.send([type, `Content-Length: ${body.length}`], body);
    expect(reply.status).toBe(400);
    roomy.close();
  });
});

describe('MultipartReader', () => {
  const boundary = 'bound=_ary';

  it('does not go on through thousands of parts once there are too many', () => {
    const quickest = (parts: number): number => {
      const body = Buffer.from(`\r\n--${boundary}`.repeat(parts));
      const times = Array.from({ length: 5 }, () => {
        const reader = new MultipartReader(boundary, FILES);
        const start = process.cpuUsage();
        expect(() => {
          reader.push(body);
        }).toThrow(/256 parts/);
        const { user, system } = process.cpuUsage(start);
        return user + system;
      });
      return Math.min(...times);
    };
    quickest(300);
    expect(quickest(15_000)).toBeLessThan(10 * quickest(300));
  });

  async function read(chunks: readonly Buffer[]): Promise<MultipartForm> {
    const reader = new MultipartReader(boundary, FILES);
    chunks.forEach((chunk) => {
      reader.push(chunk);
    });
    return reader.end();
  }

  /** Bytes of a file that come as close to a boundary as they can. */
  const content = fc
    .array(
      fc.oneof(
        fc
          .constantFrom('\r\n--bound=_ar', '\r\n', '\r', '--', '\r\n-', '\r\n\r\n', '\0')
          .map((piece) => Buffer.from(piece)),
        fc.uint8Array({ maxLength: 400 }).map((piece) => Buffer.from(piece)),
      ),
      { maxLength: 12 },
    )
    .map((pieces) => Buffer.concat([PNG, ...pieces]))
    .filter((bytes) => !bytes.includes(`\r\n--${boundary}`));

  const cuts = (body: Buffer, sizes: readonly number[]): Buffer[] => {
    const chunks: Buffer[] = [];
    for (let at = 0, turn = 0; at < body.length; turn += 1) {
      const size = sizes[turn % sizes.length] ?? 1;
      chunks.push(body.subarray(at, at + size));
      at += size;
    }
    return chunks;
  };
  const sizes = fc.array(
    fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 900 })),
    {
      minLength: 1,
      maxLength: 8,
    },
  );

  function bodyOf(contents: readonly Buffer[]): Buffer {
    const parts = contents.flatMap((bytes, index) => [
      `--${boundary}\r\nContent-Disposition: form-data; name="image[${index}]"\r\n\r\n`,
      bytes,
      '\r\n',
    ]);
    return join([...parts, `--${boundary}--\r\n`]);
  }

  it('returns every file byte for byte, whatever the chunk boundaries', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(content, { maxLength: 4 }), sizes, async (contents, pieces) => {
        const { files, fields } = await read(cuts(bodyOf(contents), pieces));
        expect(fields).toEqual([]);
        expect(files.map(({ bytes }) => hex(Buffer.concat(bytes)))).toEqual(contents.map(hex));
        expect(files.map(({ name }) => name)).toEqual(contents.map((_, at) => `image[${at}]`));
      }),
      { numRuns: 300 },
    );
  });

  it('terminates for any input', async () => {
    const damage = fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        drop: fc.nat(40),
        add: fc.constantFrom(
          '',
          '\r\n',
          `--${boundary}`,
          `\r\n--${boundary}`,
          `\r\n--${boundary}--`,
          ':',
          '-',
        ),
      }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(content, { maxLength: 3 }),
        damage,
        sizes,
        async (contents, harm, pieces) => {
          const body = harm.reduce((bytes, { at, drop, add }) => {
            const start = Math.floor(at * bytes.length);
            return join([bytes.subarray(0, start), add, bytes.subarray(start + drop)]);
          }, bodyOf(contents));
          const outcome = await read(cuts(body, pieces)).catch((error: unknown) => error);
          if (outcome instanceof Error) {
            expect(outcome).toMatchObject({ fault: { kind: 'invalid_request' } });
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('keeps the chunks of a file and copies none', async () => {
    const chunk = Buffer.alloc(65_536, 0x89);
    const head = `--${boundary}\r\nContent-Disposition: form-data; name=image\r\n\r\n`;
    const { files } = await read([Buffer.from(head), chunk, Buffer.from(`\r\n--${boundary}--`)]);
    expect(files[0]?.bytes[0]?.buffer).toBe(chunk.buffer);
  });
});
