import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Listens, but never accepts: the kernel completes connections until its queue is full. */
const PROGRAM = `
  const { writeSync } = require('node:fs');
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    writeSync(1, String(server.address().port));
    process.kill(process.pid, 'SIGSTOP');
  });
`;

/** More than a queue of one can hold, whatever a kernel adds to that. */
const QUEUE = 16;

/** An address where a connection gets no response, as if packets to it were dropped. */
export async function startFullListener(): Promise<{
  readonly url: URL;
  readonly close: () => Promise<void>;
}> {
  const listener = spawn(process.execPath, ['-e', PROGRAM], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(listener.stdout, 'data')) as [Buffer];
  const queue = Array.from({ length: QUEUE }, (): Socket => {
    const socket = connect({ host: '127.0.0.1', port: Number(port) });
    return socket.on('error', () => undefined);
  });
  await once(queue[0] as Socket, 'connect');
  return {
    url: new URL(`http://127.0.0.1:${String(port)}/`),
    close: async () => {
      for (const socket of queue) {
        socket.destroy();
      }
      // Nothing less ends a process that stands still.
      listener.kill('SIGKILL');
      await once(listener, 'close');
    },
  };
}
