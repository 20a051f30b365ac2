import fc from 'fast-check';
import { SlabPool } from '../memory/slab-pool';
import { Slabs } from '../memory/slabs';
import { ResponseReader, type WireResponse } from './response-reader';

/** The read buffer of a connection, which every read overwrites. */
const scratch = Buffer.alloc(64 * 1024);

/** A reader, and all that it tells. */
function begin() {
  const told: string[] = [];
  const body: Buffer[] = [];
  let response: WireResponse | undefined;
  const reader = new ResponseReader(
    {
      resume: () => undefined,
      onComplete: (isClean) => told.push(isClean ? 'clean' : 'unclean'),
      close: () => told.push('close'),
    },
    {
      onResponse: (given) => {
        response = given;
      },
      onError: (error) => told.push(codeOf(error)),
    },
  );
  return {
    reader,
    told,
    get hasResponse() {
      return response !== undefined;
    },
    text: () => Buffer.concat(body).toString('latin1'),
    take: (bytes: Buffer) => {
      reader.take(scratch.subarray(0, bytes.copy(scratch)));
      scratch.fill('#', 0, bytes.length);
    },
    read: (slabs = new Slabs(new SlabPool())) => {
      response?.body.read(slabs, {
        onBody: (bytes) => body.push(bytes),
        onEnd: () => told.push('end'),
        onError: (error) => told.push(codeOf(error)),
      });
    },
  };
}

function codeOf(error: NodeJS.ErrnoException): string {
  return error.code ?? 'no code';
}

/** The events of a response as they come on a connection; TLS hands on more of them than it is asked for. */
const deliveries = [
  {
    name: 'a length',
    text: 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello',
    ends: ['clean', 'end'],
  },
  {
    name: 'chunks',
    text: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n',
    ends: ['clean', 'end'],
  },
  {
    name: 'an interim response first',
    text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello',
    ends: ['clean', 'end'],
  },
  {
    name: 'the last of its connection',
    text: 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello',
    ends: ['unclean', 'end'],
  },
  {
    name: 'something behind it',
    text: 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello!',
    ends: ['unclean', 'end'],
  },
] as const;

const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 12 });

function cut(text: string, places: readonly number[]): Buffer[] {
  const sorted = [...places.map((place) => place % (text.length + 1)), 0, text.length].sort(
    (a, b) => a - b,
  );
  return sorted
    .slice(1)
    .map((end, at) => Buffer.from(text.slice(sorted[at], end), 'latin1'))
    .filter(({ length }) => length > 0);
}

describe('a response, in any pieces, whenever somebody reads it', () => {
  it.each(deliveries)('with $name', ({ text, ends }) => {
    fc.assert(
      fc.property(cuts, fc.nat({ max: 12 }), (places, patience) => {
        const state = begin();
        let waited = 0;
        for (const piece of cut(text, places)) {
          state.take(piece);
          if (state.hasResponse && (waited += 1) === patience) {
            state.read();
          }
          if (state.told.length > 0) {
            break;
          }
        }
        if (waited < patience || patience === 0) {
          state.read();
        }
        expect(state.text()).toBe('hello');
        // What is behind the body may come after its end, when nobody listens any more.
        const isSplit = text.endsWith('!') && state.told[0] === 'clean';
        expect(state.told).toEqual(isSplit ? ['clean', 'end'] : ends);
      }),
    );
  });

  it.each([
    ['its end', 'HTTP/1.1 200 OK\r\n\r\nhello', 'hello', ['unclean', 'end']],
    ['its end', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello', 'hello', ['unclean', 'end']],
    ['its end', 'HTTP/1.1 204 No Content\r\n\r\n', '', ['unclean', 'end']],
    [
      'too early an end',
      'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello',
      'hello',
      ['close', 'ECONNRESET'],
    ],
  ])('when %s arrives before the body is read: %j', (_name, text, body, ends) => {
    fc.assert(
      fc.property(cuts, (places) => {
        const state = begin();
        for (const piece of cut(text, places)) {
          state.take(piece);
        }
        state.reader.onEndOfStream();
        state.reader.fail(Object.assign(new Error('closed'), { code: 'EPIPE' }));
        expect(state.told).toEqual([]);
        state.read();
        expect(state.text()).toBe(body);
        expect(state.told).toEqual(ends);
      }),
    );
  });

  it('when a fault comes before the read: the received bytes are passed on first', () => {
    const state = begin();
    state.take(Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello'));
    state.reader.fail(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    state.read();
    expect(state.text()).toBe('hello');
    expect(state.told).toEqual(['close', 'ECONNRESET']);
  });
});

it('bytes after a body are detected even if the two are copied into different slabs', () => {
  const slabs = new Slabs(new SlabPool());
  const state = begin();
  const space = slabs.space().length;
  slabs.take(space - 20_000);
  state.take(
    Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: 20000\r\n\r\n${'a'.repeat(20_000)}junk`),
  );
  state.read(slabs);
  expect(state.text() === 'a'.repeat(20_000)).toBe(true);
  expect(state.told).toEqual(['unclean', 'end']);
});

it('nothing is emitted after it was destroyed or has ended', () => {
  const state = begin();
  state.take(Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello'));
  state.reader.destroy();
  state.read();
  state.reader.onEndOfStream();
  state.reader.fail(new Error('too late'));
  state.reader.destroy();
  expect(state.told).toEqual(['close']);
  expect(state.text()).toBe('');
});

it.each([false, true])(
  'a caller that hangs up gets no further chunk (read before: %j)',
  (isEarly) => {
    const state = begin();
    const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
    const chunks = '3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n';
    state.take(Buffer.from(isEarly ? head + chunks : head));
    const heard: string[] = [];
    state.reader.read(new Slabs(new SlabPool()), {
      onBody: (bytes) => {
        heard.push(bytes.toString());
        state.reader.destroy();
      },
      onEnd: () => heard.push('end'),
      onError: () => heard.push('error'),
    });
    state.reader.takeInPlace(Buffer.from(isEarly ? '' : chunks));
    expect(heard).toEqual(['hel']);
    expect(state.told).toEqual(['close']);
  },
);

it.each([
  ['a head that does not end', 'HTTP/1.1 200 OK\r\n' + 'a: b\r\n'.repeat(20_000)],
  ['a change of protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  ['no HTTP', 'SSH-2.0\r\n\r\n'],
  ['a head with bare LFs', 'HTTP/1.1 200 OK\nContent-Length: 5\n\nhello'],
  ['a bare LF as the first byte', '\n'],
  ['a bare LF behind a line that is one', 'HTTP/1.1 200 OK\r\nContent-Length: 5\n'],
  ['a blank line without its CR', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\n'],
  ['a bare LF behind an interim response', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\n'],
  ['one interim response too many', 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'.repeat(17)],
])('%s is refused', (_name, text) => {
  const state = begin();
  for (let at = 0; at < text.length && state.told.length === 0; at += 1000) {
    state.take(Buffer.from(text.slice(at, at + 1000)));
  }
  expect(state.told).toEqual(['close', 'EPROTO']);
});

it.each([
  ['HTTP/1.1 200 OK\nContent-Length: 5\n\nhello', 16],
  ['HTTP/1.1 200 OK\r\nX: 1\r\n\nhello', 24],
])('%j is refused at byte %i, where it can no longer be a head', (text, place) => {
  const state = begin();
  let taken = 0;
  for (; state.told.length === 0 && taken < text.length; taken += 1) {
    state.take(Buffer.from(text.slice(taken, taken + 1)));
  }
  expect(taken).toBe(place);
  expect(state.told).toEqual(['close', 'EPROTO']);
});

it('any realistic number of informational responses is skipped', () => {
  const state = begin();
  state.take(Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'.repeat(16)));
  state.take(Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello'));
  state.read();
  expect(state.text()).toBe('hello');
});
