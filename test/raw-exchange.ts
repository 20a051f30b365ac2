import { connect } from 'node:net';

/** One response as it came over a connection, its head in lines. */
export interface ExchangedResponse {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/**
 * Writes bytes as they are, each piece once the one before has been responded to or, where `pauseMs` is
 * given, that much later, and reads until the server closes the connection.
 */
export function rawExchange(
  url: string,
  pieces: readonly (string | Buffer)[],
  pauseMs = 50,
): Promise<string> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => {
      resolve(text);
    });
    pieces.forEach((piece, index) => {
      setTimeout(() => socket.write(piece), index * pauseMs);
    });
  });
}

/** The first response in what a server sent, whose length it has stated. */
export function firstResponse(text: string): ExchangedResponse {
  const end = text.indexOf('\r\n\r\n');
  const head = text.slice(0, end);
  return {
    status: Number(head.split(' ')[1]),
    head,
    body: text.slice(end + 4),
  };
}
