import { Resolver } from 'node:dns/promises';
import http from 'node:http';
import https from 'node:https';
import { isIP, isIPv6, type LookupFunction } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PausableTimeout } from '../../concurrency/pausable-timeout';
import { untilAborted } from '../../concurrency/until-aborted';
import { hostOf } from '../../config/network-address';
import { GatewayError } from '../../errors/gateway-error';
import { SliceList } from '../../json/slice-list';
import { redirectTarget } from './download-url';
import { FileStart } from './file-start';
import { MAX_INPUT_IMAGE_BYTES } from './input-image';
import { isLoopbackName, isPublicAddress, LOOPBACK_ADDRESS } from './public-address';

const MAX_REDIRECTS = 3;
const REDIRECTS: readonly (number | undefined)[] = [301, 302, 303, 307, 308];

/**
 * How many bytes of a download are taken per turn; a fast server would deliver megabytes in one
 * turn of the event loop.
 */
const BYTES_PER_TURN = 256 * 1024;

/** Why an image was not downloaded. */
export type DownloadFault =
  | 'not_public'
  | 'unresolvable'
  | 'blocked'
  | 'unreachable'
  | 'timed_out'
  | 'bad_redirect'
  | 'bad_status'
  | 'encoded'
  | 'not_an_image'
  | 'too_large'
  /** One of our own links, whose image was deleted. */
  | 'not_hosted'
  | 'store_unavailable'
  /** `admit` returned false. */
  | 'not_admitted';

export class DownloadError extends Error {
  override readonly name = 'DownloadError';

  constructor(readonly fault: DownloadFault) {
    super(fault);
  }
}

export interface DownloadedFile {
  readonly bytes: Buffer[];
  /** As the server declares it. It may be wrong. */
  readonly declaredType: string | undefined;
}

/** The rules that tests may replace. No variable sets them: production always uses the defaults. */
export interface DownloadRules {
  /** Whether a connection to the address is allowed. */
  readonly isAllowed: (address: string) => boolean;
  /** All addresses of a host name. */
  readonly resolve: (hostname: string) => Promise<readonly string[]>;
  readonly maxBytes: number;
  /** The limit for everything together: name resolution, connections, redirects and the body. */
  readonly timeoutMs: number;
}

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /**
   * Called with each number of bytes as they arrive; false ends the download. While a returned
   * promise is pending, the download and its timeout are paused. Errors are passed on.
   */
  readonly admit?: (bytes: number) => boolean | Promise<boolean>;
}

/**
 * Downloads what a URL in a request refers to, without letting the request reach anything that its
 * sender could not reach directly. Names are resolved once, each address is checked, and the
 * connection goes to one of the checked addresses, so DNS rebinding has no effect. Redirects are
 * checked in the same way. No client data is sent along, no proxy is used, and no connection is
 * kept open.
 */
export class ImageDownload {
  private readonly rules: DownloadRules;

  constructor(rules: Partial<DownloadRules> = {}) {
    this.rules = {
      isAllowed: isPublicAddress,
      resolve: resolveName,
      maxBytes: MAX_INPUT_IMAGE_BYTES,
      timeoutMs: 20_000,
      ...rules,
    };
  }

  /**
   * @param url accepted by `parseDownloadUrl`
   * @throws DownloadError
   * @throws the signal's reason if it is aborted
   */
  async fetch(url: URL, { signal, admit = () => true }: DownloadOptions): Promise<DownloadedFile> {
    const timeout = new PausableTimeout(this.rules.timeoutMs);
    const ends = AbortSignal.any([signal, timeout.signal]);
    try {
      const response = await this.follow(url, ends);
      return {
        bytes: await this.read(response, admit, timeout),
        declaredType: response.headers['content-type'],
      };
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.signal.aborted) {
        throw new DownloadError('timed_out');
      }
      throw error instanceof DownloadError || error instanceof GatewayError
        ? error
        : new DownloadError('unreachable');
    } finally {
      timeout.end();
    }
  }

  private async follow(start: URL, signal: AbortSignal): Promise<http.IncomingMessage> {
    let url = start;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const response = await this.open(url, signal);
      if (!REDIRECTS.includes(response.statusCode)) {
        return response;
      }
      response.destroy();
      const target = redirectTarget(url, response.headers.location);
      if (!target.ok) {
        break;
      }
      url = target.url;
    }
    throw new DownloadError('bad_redirect');
  }

  private async open(url: URL, signal: AbortSignal): Promise<http.IncomingMessage> {
    const host = hostOf(url);
    const addresses = await this.addressesOf(host, signal);
    const { request, Agent } = url.protocol === 'https:' ? https : http;
    return new Promise((resolve, reject) => {
      const outgoing = request({
        host,
        port: url.port,
        path: url.pathname + url.search,
        headers: {
          host: url.host,
          'user-agent': 'easel',
          accept: 'image/png, image/jpeg, image/webp',
          // A few kilobytes could decompress to gigabytes.
          'accept-encoding': 'identity',
        },
        // A dedicated agent: the global one keeps connections and may use a proxy. This one tries
        // IPv4 and IPv6 in turn and uses whichever connects.
        agent: new Agent({ keepAlive: false, autoSelectFamily: true }),
        lookup: pinnedTo(addresses),
        signal,
      });
      outgoing.on('response', resolve);
      outgoing.on('error', reject);
      // For example after an unrequested upgrade, which Node does not report as an error.
      outgoing.on('close', () => {
        reject(new DownloadError('unreachable'));
      });
      outgoing.end();
    });
  }

  /**
   * The addresses to connect to. An IP address is checked here, because sockets never look it up.
   * So is `localhost`, which needs no name server: it gets the same error as 127.0.0.1.
   */
  private async addressesOf(host: string, signal: AbortSignal): Promise<readonly string[]> {
    const { isAllowed, resolve } = this.rules;
    if (isLoopbackName(host) && !isAllowed(LOOPBACK_ADDRESS)) {
      throw new DownloadError('not_public');
    }
    if (isIP(host) !== 0) {
      if (!isAllowed(host)) {
        throw new DownloadError('not_public');
      }
      return [host];
    }
    const addresses = await untilAborted(resolve(host), signal);
    const allowed = addresses.filter((address) => isAllowed(address));
    if (allowed.length === 0) {
      throw new DownloadError(addresses.length === 0 ? 'unresolvable' : 'blocked');
    }
    return allowed;
  }

  private async read(
    response: http.IncomingMessage,
    admit: NonNullable<DownloadOptions['admit']>,
    timeout: PausableTimeout,
  ): Promise<Buffer[]> {
    const fault = downloadFault(response, this.rules.maxBytes);
    if (fault !== undefined) {
      response.destroy();
      throw new DownloadError(fault);
    }
    // Short pieces are copied together: a body of one-byte chunks would take a hundred times its
    // size.
    const bytes = new SliceList();
    const start = new FileStart(response.headers['content-type']);
    let sinceTurn = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (bytes.byteLength + chunk.length > this.rules.maxBytes) {
        throw new DownloadError('too_large');
      }
      const admitted = admit(chunk.length);
      if (!(admitted instanceof Promise ? await timeout.pausedFor(admitted) : admitted)) {
        throw new DownloadError('not_admitted');
      }
      if (!start.add(chunk)) {
        throw new DownloadError('not_an_image');
      }
      bytes.add(chunk);
      sinceTurn += chunk.length;
      if (sinceTurn >= BYTES_PER_TURN) {
        sinceTurn = 0;
        await nextTurn();
      }
    }
    if (!start.end()) {
      throw new DownloadError('not_an_image');
    }
    return [...bytes.slices()];
  }
}

function downloadFault(
  { statusCode, headers }: http.IncomingMessage,
  maxBytes: number,
): DownloadFault | undefined {
  if (statusCode !== 200) {
    return 'bad_status';
  }
  if (!/^(?:identity)?$/i.test(headers['content-encoding'] ?? '')) {
    return 'encoded';
  }
  return Number(headers['content-length'] ?? 0) > maxBytes ? 'too_large' : undefined;
}

/** A lookup function whose result is already known. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const responses = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  const [first] = responses;
  return (_hostname, { all }, callback) => {
    if (all === true) {
      callback(null, responses);
    } else {
      callback(null, first?.address ?? '', first?.family);
    }
  };
}

/**
 * Queries the name servers instead of the operating system: `dns.lookup` would block one of libuv's
 * four threads for as long as a slow name server takes, and images are encoded there. IPv4 comes
 * first, since containers often have no IPv6.
 */
async function resolveName(hostname: string): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: 3000, tries: 2 });
  const responses = await Promise.allSettled([
    resolver.resolve4(hostname),
    resolver.resolve6(hostname),
  ]);
  return responses.flatMap((response) => (response.status === 'fulfilled' ? response.value : []));
}
