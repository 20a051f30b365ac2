import { ProtobufWriter } from './protobuf-writer';

/** The size of the first buffer. */
const FIRST_SIZE = 16_384;

/** What the writer appends after so many bytes. */
function written(before: number, write: (writer: ProtobufWriter) => void): Buffer {
  const writer = new ProtobufWriter();
  writer.bytes(Buffer.alloc(before));
  write(writer);
  return writer.take().subarray(before);
}

function withLength(bytes: Buffer): Buffer {
  const { length } = bytes;
  const head = length < 0x80 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** Buffer writes as much as there is room for, and says nothing about the rest. */
const NEAR_THE_END = Array.from({ length: 400 }, (_none, index) => FIRST_SIZE - index);

describe('ProtobufWriter', () => {
  it.each([
    ['nothing', ''],
    ['ASCII', 'generate_content gemini-3-pro-image'],
    ['two bytes each', 'é'.repeat(40)],
    ['three bytes each', '€'.repeat(40)],
    ['four bytes each', '🖼'.repeat(40)],
    ['half of a pair, as the character for what cannot be encoded', 'a\ud83d'],
    ['a length of two bytes', 'x'.repeat(200)],
  ])('writes a text wherever the buffer ends: %s', (_name, text) => {
    const expected = withLength(Buffer.from(text));
    for (const before of NEAR_THE_END) {
      expect(
        written(before, (writer) => {
          writer.text(text);
        }),
      ).toEqual(expected);
    }
  });

  it('writes an id wherever the buffer ends', () => {
    const id = '0af7651916cd43dd8448eb211c80319c';
    const expected = withLength(Buffer.from(id, 'hex'));
    for (const before of NEAR_THE_END) {
      expect(
        written(before, (writer) => {
          writer.hex(id);
        }),
      ).toEqual(expected);
    }
  });
});
