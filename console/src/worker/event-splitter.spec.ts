import { EventSplitter } from './event-splitter';

const STREAM = 'event: a\ndata: {"n":1}\n\n: keepalive\n\nevent: b\ndata: {"n":2}\n\n';

it.each([1, 2, 3, 7, 1000])('finds the same events in pieces of %i', (length) => {
  for (const text of [STREAM, STREAM.replaceAll('\n', '\r\n')]) {
    const splitter = new EventSplitter();
    const events: string[] = [];
    for (let at = 0; at < text.length; at += length) {
      events.push(...splitter.push(text.slice(at, at + length)));
    }
    expect(events).toEqual(['{"n":1}', '{"n":2}']);
  }
});
