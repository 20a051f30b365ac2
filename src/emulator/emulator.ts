import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { keyOf, pathWithoutKey, readModelCall } from './call-url';
import { serveControl } from './control-route';
import type { Fault } from './fault';
import { FaultList } from './fault-list';
import { googleError } from './google-error';
import { jsonBytes } from './json-bytes';
import { keyFault, serveModelCall } from './model-call';
import type { EmulatorContext } from './model-call';
import { readModels } from './model-list';
import { sendDocument, sendError, writeHead } from './reply';
import type { ResponseOptions } from './reply';
import { RequestLog } from './request-log';
import type { OpenRecord, RecordedRequest } from './request-log';
import { Renderer } from './renderer';
import type { Drawing } from './renderer';

export interface EmulatorOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Additional milliseconds per image, on top of drawing it. Default 0. */
  readonly latencyMs?: number;
  /** Default `pictures`; `plain` is fast, and `detailed` makes pictures as large as Google's. */
  readonly drawing?: Drawing;
  /** The only valid API keys. By default any key is valid that does not begin with `invalid`. */
  readonly keys?: readonly string[];
}

/** A running Gemini emulator. */
export interface Emulator {
  /** `http://127.0.0.1:PORT`, without a trailing slash. */
  readonly url: string;
  /** The latest API calls, oldest first, at most 1000, without those of the control routes. */
  readonly requests: readonly RecordedRequest[];
  /**
   * Makes the calls that the fault matches fail. Faults apply in the order in which they were
   * added.
   */
  injectFault(fault: Fault): void;
  /** Forgets all faults and requests, and ends stalled calls. */
  reset(): void;
  /**
   * The maximum number of concurrent calls, of one key or of all, since the start or the last
   * reset.
   */
  maxInFlight(key?: string): number;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

/**
 * Google's front end keeps idle connections for minutes; Node's default of five seconds would race
 * with connection pools.
 */
const KEEP_ALIVE_MS = 240_000;

/**
 * Starts an HTTP server that behaves like the Gemini Developer API, with locally drawn pictures.
 * @throws if it cannot listen on the host or port
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = new RunningEmulator(options);
  await emulator.listen(options.host ?? '127.0.0.1', options.port ?? 0);
  return emulator;
}

class RunningEmulator implements Emulator {
  private readonly log = new RequestLog();
  private readonly faults = new FaultList();
  private readonly renderer: Renderer;
  private readonly server: Server;
  private released = new AbortController();
  private address = '';

  constructor(private readonly options: EmulatorOptions) {
    this.renderer = new Renderer(options.drawing);
    this.server = createServer({ requestTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS });
    this.server.on('request', (incoming: IncomingMessage, response: ServerResponse) => {
      // A client that disconnects while still sending, or an invalid URL: no response is possible.
      this.serve(incoming, response).catch(() => {
        response.destroy();
      });
    });
  }

  get url(): string {
    return this.address;
  }

  get requests(): readonly RecordedRequest[] {
    return this.log.requests;
  }

  async listen(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    const { address, family, port: actual } = this.server.address() as AddressInfo;
    this.address = `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`;
  }

  injectFault(fault: Fault): void {
    this.faults.add(fault);
  }

  reset(): void {
    this.faults.clear();
    this.log.clear();
    this.released.abort();
    this.released = new AbortController();
  }

  maxInFlight(key?: string): number {
    return this.log.maxInFlight(key);
  }

  async close(): Promise<void> {
    this.released.abort();
    await new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
      this.server.closeAllConnections();
    });
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', 'http://emulator');
    if (url.pathname === '/emulator' || url.pathname.startsWith('/emulator/')) {
      return serveControl(incoming, response, url.pathname, {
        log: this.log,
        faults: this.faults,
        reset: () => {
          this.reset();
        },
      });
    }
    const call = readModelCall(url, incoming.headers);
    const record = this.log.open({
      method: incoming.method ?? 'GET',
      path: pathWithoutKey(url),
      model: call?.target.model ?? null,
      key: keyOf(url, incoming.headers),
      headers: incoming.headers,
    });
    response.once('close', () => {
      record.finished(null);
    });
    try {
      if (call !== undefined && incoming.method === 'POST') {
        await serveModelCall({ incoming, response, call, record }, this.surroundings());
      } else {
        await this.serveOther(incoming, response, url, record);
      }
    } catch (error) {
      await this.fail(response, record, error);
    }
  }

  private surroundings(): EmulatorContext {
    return {
      latencyMs: this.options.latencyMs ?? 0,
      keys: this.options.keys,
      faults: this.faults,
      renderer: this.renderer,
      released: this.released.signal,
    };
  }

  /**
   * Serves ListModels and GetModel; for anything else Google sends 404, in HTML outside the API.
   */
  private async serveOther(
    incoming: IncomingMessage,
    response: ServerResponse,
    url: URL,
    record: OpenRecord,
  ): Promise<void> {
    const options: ResponseOptions = { form: 'document', pretty: true, gzip: false };
    incoming.resume();
    const result = incoming.method === 'GET' ? readModels(url) : undefined;
    if (result !== undefined) {
      const barred = keyFault(keyOf(url, incoming.headers), incoming, this.options.keys);
      const { ok, value } = barred === undefined ? result : { ok: false as const, value: barred };
      record.finished(ok ? 200 : value.code);
      return ok
        ? sendDocument(response, options, jsonBytes(value, { pretty: true }))
        : sendError(response, options, value);
    }
    record.finished(404);
    if (/^\/v1/u.test(url.pathname)) {
      return sendError(response, options, googleError(404));
    }
    writeHead(response, 404, 'text/html; charset=UTF-8');
    response.end('<!DOCTYPE html>\n<html lang=en>\n  <title>Error 404 (Not Found)!!1</title>\n');
  }

  /**
   * A call that was aborted or ended ends quietly; anything else is a fault of the emulator itself.
   */
  private async fail(response: ServerResponse, record: OpenRecord, error: unknown): Promise<void> {
    const gone = response.destroyed || (error instanceof Error && error.name === 'AbortError');
    if (gone || response.headersSent) {
      response.destroy();
      return;
    }
    record.finished(500);
    const detail = { '@type': 'type.googleapis.com/google.rpc.DebugInfo', detail: String(error) };
    const options: ResponseOptions = { form: 'document', pretty: true, gzip: false };
    await sendError(response, options, googleError(500, undefined, [detail]));
  }
}
