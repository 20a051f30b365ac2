import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { PROXIED_HOSTS_CERTIFICATE, PROXIED_HOSTS_KEY } from './proxied-hosts-certificate';

/** TLS in front of servers on this machine that have none. */
export interface TlsFront {
  readonly port: number;
  /** The server names that clients sent, connection by connection. */
  readonly names: readonly string[];
  close(): Promise<void>;
}

/** @param servers by the name that leads there, the URL of each */
export async function startTlsFront(servers: Readonly<Record<string, string>>): Promise<TlsFront> {
  const names: string[] = [];
  const sockets = new Set<TLSSocket>();
  const server = createServer(
    { cert: PROXIED_HOSTS_CERTIFICATE, key: PROXIED_HOSTS_KEY },
    (client) => {
      sockets.add(client);
      const name = String(client.servername);
      names.push(name);
      const upstream = connect(Number(new URL(servers[name] ?? '').port), '127.0.0.1');
      client.pipe(upstream).pipe(client);
      client.on('error', () => undefined).on('close', () => upstream.destroy());
      upstream.on('error', () => undefined).on('close', () => client.destroy());
    },
  );
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    names,
    close: async () => {
      for (const socket of sockets) {
        socket.destroy();
      }
      server.close();
      await once(server, 'close');
    },
  };
}
