import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dataUri, picture, type Bytes } from '../pictures';
import { startEasel, type ErrorBody, type RunningEasel } from '../running-easel';

/** A server on this machine that serves an image to every client that can reach it. */
interface ImageServer {
  readonly port: number;
  readonly reached: readonly string[];
  close(): void;
}

async function serveImage(image: Bytes): Promise<ImageServer> {
  const reached: string[] = [];
  const server: Server = createServer((request, response) => {
    reached.push(request.url ?? '');
    if (request.url?.startsWith('/moved') === true) {
      response.writeHead(302, { location: '/image.png' }).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'image/png' }).end(image);
  });
  // On every address of this machine, in either protocol.
  await new Promise<void>((done) => server.listen(0, '::', done));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    reached,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('image URLs', () => {
  let easel: RunningEasel;
  let server: ImageServer;
  let image: Bytes;

  beforeAll(async () => {
    image = await picture();
    server = await serveImage(image);
  });
  afterAll(() => {
    server.close();
  });
  afterEach(() => easel.close());

  it('lead to no address that is not public, however it is written', async () => {
    easel = await startEasel();
    const hosts = [
      ...['127.0.0.1', '127.1', '127.0.1', '0x7f.1', '0x7f000001', '2130706433', '0177.0.0.1'],
      ...['017700000001', '0.0.0.0', '0', '127.0.0.1.', '127.255.255.254', 'localhost'],
      ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:127.0.0.1]'],
      ...['[64:ff9b::127.0.0.1]', '[2002:7f00:1::]', '127。0。0。1', '①②⑦.⓪.⓪.①', 'user@127.0.0.1'],
      ...['169.254.169.254', '10.0.0.1', '192.168.1.1', '172.16.0.1', '[fe80::1]', '[fd00::1]'],
    ];
    const responses = await Promise.all(
      hosts.flatMap((host) => {
        const url = `http://${host}:${server.port}/image.png`;
        return [
          easel.edit({ prompt: 'x', images: [{ image_url: url }] }),
          easel.edit({
            prompt: 'x',
            images: [{ image_url: dataUri(image) }],
            mask: { image_url: url },
          }),
        ];
      }),
    );
    expect(responses.map(({ status }) => status)).toEqual(responses.map(() => 400));
    for (const [index, response] of responses.entries()) {
      const { error } = (await response.json()) as ErrorBody;
      expect(error.param).toBe(index % 2 === 0 ? 'images[0].image_url' : 'mask.image_url');
      expect(error.code).toMatch(/^(invalid_image_url|failed_to_download_image)$/);
      expect(error.message).not.toContain(String(server.port));
    }
    expect(server.reached).toEqual([]);
    expect(easel.emulator.requests).toEqual([]);
  });

  it('are fetched only from allowed addresses, including redirects, and never logged', async () => {
    easel = await startEasel({
      downloads: { isAllowed: () => true, resolve: () => Promise.resolve(['127.0.0.1']) },
    });
    const url = `http://images.example:${server.port}/moved?signature=secret-of-s3`;
    const response = await easel.edit({ prompt: 'x', images: [{ image_url: url }], mask: null });
    expect(response.status).toBe(200);
    expect(server.reached).toEqual(['/moved?signature=secret-of-s3', '/image.png']);
    expect(JSON.stringify(easel.emulator.requests[0]?.body)).toContain(
      Buffer.from(image).toString('base64'),
    );
    expect(easel.rawLog()).not.toContain('secret-of-s3');
  });
});
