import net, { type OnReadOpts, type Socket } from 'node:net';
import { hostOf } from '../config/network-address';
import { portOf } from './port-of';
import { ResponseReader } from './response-reader';
import { WireError } from './wire.error';

/**
 * Requests a tunnel to an upstream from a proxy (CONNECT, RFC 9110). From then on, the proxy passes
 * bytes on unchanged in both directions.
 *
 * @param onread receives the upstream's bytes, and none of the proxy's; undefined if TLS on top of
 * the socket receives them
 * @throws WireError `PROXY_…` with the proxy's status or the socket's code, which is not the
 * upstream's
 */
export function openTunnel(
  upstream: URL,
  proxy: URL,
  onread: OnReadOpts | undefined,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let isOpen = false;
    let fault: Error | undefined;
    const socket = net.connect({
      host: hostOf(proxy),
      port: portOf(proxy),
      ...(onread !== undefined && {
        onread: {
          buffer: onread.buffer,
          callback: (length: number, buffer: Uint8Array) => {
            if (isOpen) {
              return onread.callback(length, buffer);
            }
            take(Buffer.from(buffer.buffer, buffer.byteOffset, length));
            return true;
          },
        },
      }),
    });
    const take = (bytes: Buffer): void => {
      reader.take(bytes);
    };
    if (onread === undefined) {
      socket.on('data', take);
    }
    const fail = (error: Error): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => {
      fail(signal.reason as Error);
    };
    const reader = new ResponseReader(
      { resume: () => undefined, onComplete: () => undefined, close: () => socket.destroy() },
      {
        onResponse: ({ head: { status } }) => {
          if (status < 200 || status > 299) {
            fail(new WireError(`PROXY_${status}`, 'the proxy refused the tunnel'));
            return;
          }
          isOpen = true;
          socket.off('data', take).pause();
          signal.removeEventListener('abort', onAbort);
          resolve(socket);
        },
        onError: ({ code, message }: NodeJS.ErrnoException) => {
          fail(new WireError(`PROXY_${code ?? 'ERROR'}`, message));
        },
      },
    );
    signal.addEventListener('abort', onAbort);
    socket.on('error', (error) => {
      fault = error;
    });
    socket.on('end', () => {
      reader.onEndOfStream();
    });
    socket.on('close', () => {
      reader.fail(fault ?? new WireError('ECONNRESET', 'the proxy closed the connection'));
    });
    socket.write(requestFor(upstream, proxy), 'latin1');
  });
}

function requestFor(upstream: URL, proxy: URL): string {
  const target = `${upstream.hostname}:${portOf(upstream)}`;
  const lines = [`CONNECT ${target} HTTP/1.1`, `host: ${target}`];
  if (proxy.username !== '') {
    const user = [proxy.username, proxy.password].map(decodeURIComponent).join(':');
    lines.push(`proxy-authorization: Basic ${Buffer.from(user).toString('base64')}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}
