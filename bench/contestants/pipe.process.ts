import { Agent, createServer, request } from 'node:http';
import { tellReady } from '../child';

/** The minimum that Node can do: bytes in, the same bytes out, without looking at them. */
const [upstream = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });

const server = createServer((incoming, outgoing) => {
  if (incoming.url === '/healthz') {
    outgoing.writeHead(200, { 'content-type': 'application/json' });
    outgoing.end('{"status":"ok"}');
    return;
  }
  const call = request(
    `${upstream}${incoming.url ?? ''}`,
    { method: incoming.method, headers: incoming.headers, agent },
    (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    },
  );
  call.on('error', () => outgoing.destroy());
  incoming.pipe(call);
});
server.listen(0, '127.0.0.1', () => {
  tellReady(server.address());
});
