import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { Module, type Type } from '@nestjs/common';
import { ModulesContainer, Reflector } from '@nestjs/core';
import pino from 'pino';
import type { Account, DeveloperApiAccount } from '../src/accounts/account';
import { loadConfig } from '../src/config/app-config';
import { AppModule } from '../src/app.module';
import type { ConfiguredConsumer } from '../src/context/consumer-registry';
import { createAppOf } from '../src/configure-app';
import { startEmulator, type Emulator } from '../src/emulator/emulator';
import { accessOf } from '../src/http/auth/access';
import { RouteTable } from '../src/http/routing/route-table';
import { ImagesModule } from '../src/images/images.module';
import { ImageDownload, type DownloadRules } from '../src/images/inputs/image-download';
import { isGeminiModel } from '../src/mapping/resolved-model';
import { NO_LEDGER } from './no-ledger';
import { POISONED_SLABS } from './poisoned-slabs';
import { UNCHECKED_ACCOUNTS } from './unchecked-accounts';

/** A line of the log, as an operator's tools would read it. */
interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly requestId?: string;
  readonly account?: string;
  readonly reason?: string;
  readonly [key: string]: unknown;
}

/** Easel as it runs in production, on a free port, with a Gemini emulator of its own upstream. */
export interface RunningEasel {
  readonly url: string;
  readonly emulator: Emulator;
  readonly log: readonly LogLine[];
  readonly rawLog: () => string;
  readonly routes: RouteTable;
  /** The handlers without an @Access that says who may call them. */
  readonly undecidedHandlers: () => readonly string[];
  /** Posts a generation; `body` as it is when a string, else as JSON. */
  generate(body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Posts an edit: a form, or anything else as JSON. */
  edit(body: unknown, headers?: Record<string, string>): Promise<Response>;
  vary(form: FormData): Promise<Response>;
  close(): Promise<void>;
}

export interface EaselOptions {
  readonly env?: Record<string, string>;
  /** How many accounts on the emulator, or what they are; their keys are `key-of-<email>`. */
  readonly accounts?: number | readonly Partial<DeveloperApiAccount>[];
  /** Accounts just as they are, instead of those or beside them. */
  readonly otherAccounts?: readonly Account[];
  /** As a consumers file has them; the mode needs to be one with keys. */
  readonly consumers?: readonly ConfiguredConsumer[];
  readonly latencyMs?: number;
  /** Default `plain`; a test that looks at what is drawn needs `pictures`. */
  readonly drawing?: 'plain' | 'pictures';
  /** Other rules for downloads than those of production, which take nothing from this machine. */
  readonly downloads?: Partial<DownloadRules>;
  /** Of another API in front of `ImagesService.run`, beside Easel's own. */
  readonly controllers?: readonly Type[];
}

@Module({})
class EaselWithMore {}

export async function startEasel(options: EaselOptions = {}): Promise<RunningEasel> {
  const emulator = await startEmulator({
    latencyMs: options.latencyMs ?? 0,
    drawing: options.drawing ?? 'plain',
  });
  const config = loadConfig({
    environment: {
      LOG_LEVEL: 'debug',
      ...POISONED_SLABS,
      ...UNCHECKED_ACCOUNTS,
      ...NO_LEDGER,
      ...options.env,
    },
    readFile: () => {
      throw new Error('the tests read no files');
    },
    isKnownModel: isGeminiModel,
    consumerFaults: () => [],
    accountFaults: () => [],
  });
  const lines: string[] = [];
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(...chunk.toString('utf8').trim().split('\n'));
      done();
    },
  });
  const logger = pino({ level: config.log.level, base: null }, sink);
  const { otherAccounts = [], consumers = [] } = options;
  const onEmulator = options.accounts ?? (otherAccounts.length > 0 ? 0 : 3);
  const accounts = [...accountsOn(emulator.url, onEmulator), ...otherAccounts];
  const root = {
    module: EaselWithMore,
    imports: [AppModule.forRoot(config, { accounts, consumers }, logger), ImagesModule],
    controllers: [...(options.controllers ?? [])],
  };
  const app = await createAppOf(root, config);
  if (options.downloads !== undefined) {
    const lenient = new ImageDownload(options.downloads);
    app.get(ImageDownload).fetch = (url, how) => lenient.fetch(url, how);
  }
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const post = (route: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${url}/v1/images/${route}`, {
      method: 'POST',
      ...(body instanceof FormData
        ? { headers, body }
        : {
            headers: { 'content-type': 'application/json', ...headers },
            body: typeof body === 'string' ? body : JSON.stringify(body),
          }),
    });
  return {
    url,
    emulator,
    get log() {
      return lines.map((line) => JSON.parse(line) as LogLine);
    },
    rawLog: () => lines.join('\n'),
    routes: app.get(RouteTable),
    undecidedHandlers: () => undecidedHandlers(app.get(ModulesContainer), app.get(Reflector)),
    generate: (body, headers) => post('generations', body, headers),
    edit: (body, headers) => post('edits', body, headers),
    vary: (form) => post('variations', form),
    close: async () => {
      await app.close();
      await emulator.close();
    },
  };
}

function undecidedHandlers(modules: ModulesContainer, reflector: Reflector): readonly string[] {
  const controllers = [...modules.values()].flatMap((module) => [...module.controllers.values()]);
  return controllers.flatMap(({ metatype }) => {
    const controller = metatype as Type<Record<string, () => unknown>>;
    const prototype = controller.prototype as Readonly<Record<string, () => unknown>>;
    return Object.getOwnPropertyNames(prototype)
      .filter((name) => {
        const handler = prototype[name];
        return (
          name !== 'constructor' &&
          handler !== undefined &&
          Reflect.hasMetadata('path', handler) &&
          accessOf(reflector, handler, controller) === undefined
        );
      })
      .map((name) => `${controller.name}.${name}`);
  });
}

function accountsOn(
  baseUrl: string,
  accounts: number | readonly Partial<DeveloperApiAccount>[],
): Account[] {
  const list =
    typeof accounts === 'number'
      ? Array.from({ length: accounts }, (_, index) => ({ email: `account-${index + 1}@test` }))
      : accounts;
  return list.map((fields, index) => {
    const email = fields.email ?? `account-${index + 1}@test`;
    return {
      email,
      provider: 'gemini',
      apiKey: `key-of-${email}`,
      baseUrl,
      maxConcurrency: 4,
      priority: 1,
      enabled: true,
      ...fields,
    };
  });
}

/** An image response, as far as the tests read it. */
export interface ImagesBody {
  readonly created: number;
  readonly data: readonly {
    readonly b64_json?: string;
    readonly url?: string;
    readonly revised_prompt?: string;
  }[];
  readonly output_format: string;
  readonly size: string;
  readonly usage?: Record<string, unknown>;
}

export interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}
