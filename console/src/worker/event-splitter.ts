/**
 * Splits the text of an event stream as it arrives, and returns the data of each complete event.
 */
export class EventSplitter {
  /**
   * Pieces are joined once an event is complete: appending to one string would copy 16 MB again and
   * again.
   */
  private pieces: string[] = [];
  private endsWithNewline = false;

  push(text: string): readonly string[] {
    const events: string[] = [];
    let rest = text.replaceAll('\r', '');
    if (this.endsWithNewline && rest.startsWith('\n')) {
      this.take('', events);
      rest = rest.slice(1);
    }
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      this.take(rest.slice(0, end), events);
      rest = rest.slice(end + 2);
    }
    if (rest !== '') {
      this.pieces.push(rest);
      this.endsWithNewline = rest.endsWith('\n');
    }
    return events;
  }

  private take(last: string, events: string[]): void {
    this.pieces.push(last);
    const data = this.pieces
      .join('')
      .split('\n')
      .filter((line) => line.startsWith('data:'))
      .map((line) => line.slice('data:'.length).trimStart());
    this.pieces = [];
    this.endsWithNewline = false;
    if (data.length > 0) {
      events.push(data.join('\n'));
    }
  }
}
