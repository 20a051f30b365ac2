import { StreamOpening } from './stream-opening';

describe('StreamOpening', () => {
  it.each<[string, 'unknown' | 'content' | 'other']>([
    ['', 'unknown'],
    [' \r\n', 'unknown'],
    ['data', 'unknown'],
    ['data: {"', 'unknown'],
    ['data: {"err', 'unknown'],
    ['data: {"candidates": [', 'content'],
    ['data: {"errors": 1}', 'content'],
    ['data: {"error": {"code": 429', 'other'],
    ['data:{"error":{', 'other'],
    ['data: [{"error": {', 'other'],
    ['[', 'unknown'],
    ['[{\n  "candidates": [', 'content'],
    ['[{\n  "error": {', 'other'],
    ['{\n  "error": {', 'other'],
    ['{\n  "candidates": [', 'content'],
    ['[]', 'content'],
    [': keepalive', 'content'],
    ['event: message', 'content'],
    ['eve', 'unknown'],
    ['\u00ef\u00bb\u00bfdata: {"candidates"', 'content'],
    ['<!DOCTYPE html>', 'other'],
    ['upstream request failed', 'other'],
  ])('%j: %s', (text, expected) => {
    const bytes = Buffer.from(text, 'latin1');
    expect(new StreamOpening().push(bytes)).toBe(expected);
    const inBytes = new StreamOpening();
    let last: string = 'unknown';
    for (const byte of bytes) {
      last = inBytes.push(Buffer.from([byte]));
    }
    expect(last).toBe(expected);
  });

  it('is content from then on, whatever follows', () => {
    const opening = new StreamOpening();
    opening.push(Buffer.from('data: {"candidates":[]}\r\n\r\n'));
    expect(opening.push(Buffer.from('data: {"error":{}}'))).toBe('content');
  });
});
