import { createServer } from 'node:http';
import { tellReady } from './child';

/** A trace collector that accepts everything. */
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
});
server.listen(0, '127.0.0.1', () => {
  tellReady(server.address());
});
