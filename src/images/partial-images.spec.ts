import type { Account } from '../accounts/account';
import { JsonBlob } from '../json/json-blob';
import type { PartialImage, SourcedImage } from './generated-image';
import { PartialImages } from './partial-images';

const ACCOUNT: Account = {
  email: 'a@test',
  provider: 'gemini',
  apiKey: 'key',
  maxConcurrency: 1,
  priority: 1,
  enabled: true,
};

/** The header of a PNG that is `width` pixels wide, and nothing behind it. */
function png(width: number): JsonBlob {
  const bytes = Buffer.alloc(33);
  bytes.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(1, 20);
  return JsonBlob.from(Buffer.from(bytes.toString('base64')));
}

const standard = (data: JsonBlob) => data;
const asItIs = (image: SourcedImage) => Promise.resolve(image);

describe('PartialImages', () => {
  let sent: string[];
  const send = ({ partialIndex, header }: PartialImage): void => {
    sent.push(`${partialIndex}: ${header.width}`);
  };

  beforeEach(() => {
    sent = [];
  });

  async function sentOf(limit: number, images: readonly JsonBlob[]): Promise<readonly string[]> {
    const partials = new PartialImages(limit, standard, asItIs, send);
    images.forEach((image) => {
      partials.add(image, ACCOUNT);
    });
    await partials.settled();
    return sent;
  }

  it.each<[number, readonly JsonBlob[], readonly string[]]>([
    [3, [], []],
    [3, [png(8)], ['0: 8']],
    [1, [png(8), png(9)], ['0: 8']],
    [2, [png(8), png(9), png(10)], ['0: 8', '1: 9']],
    [2, [JsonBlob.from(Buffer.from('bm8=')), png(9), png(10)], ['0: 9', '1: 10']],
  ])('of %i at most', async (limit, images, expected) => {
    expect(await sentOf(limit, images)).toEqual(expected);
  });

  it('numbers on over several calls', async () => {
    const partials = new PartialImages(2, standard, asItIs, send);
    partials.add(png(8), ACCOUNT);
    await partials.settled();
    partials.add(png(9), { ...ACCOUNT, email: 'b@test' });
    partials.add(png(10), { ...ACCOUNT, email: 'b@test' });
    await partials.settled();
    expect(sent).toEqual(['0: 8', '1: 9']);
  });

  it('keeps the order, however long one takes', async () => {
    const waits = [20, 0, 5];
    const slowly = async (image: SourcedImage): Promise<SourcedImage> => {
      await new Promise((done) => setTimeout(done, waits.shift()));
      return image;
    };
    const partials = new PartialImages(3, standard, slowly, send);
    [8, 9, 10].forEach((width) => {
      partials.add(png(width), ACCOUNT);
    });
    await partials.settled();
    expect(sent).toEqual(['0: 8', '1: 9', '2: 10']);
  });

  it('omits images that cannot be transcoded, and gives their number to the next', async () => {
    const failing = (image: SourcedImage): Promise<SourcedImage> =>
      image.header.width === 8 ? Promise.reject(new Error('unreadable')) : Promise.resolve(image);
    const partials = new PartialImages(1, standard, failing, send);
    partials.add(png(8), ACCOUNT);
    await partials.settled();
    partials.add(png(9), ACCOUNT);
    await partials.settled();
    expect(sent).toEqual(['0: 9']);
  });
});
