import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forkProcess, readiness, stopChild } from '../child';
import { RedisServer } from '../../test/redis-server';
import {
  geminiImages,
  openAiImages,
  openAiRequest,
  Unavailable,
  type Contestant,
  type RunningContestant,
} from '../contestant';
import type { PayloadSize } from '../payload';
import { easel, KEY, type EaselApi, type EaselSetup } from './easel';

interface ChatMessage {
  readonly content: string;
  readonly images?: readonly { readonly image_url: { readonly url: string } }[];
}

/** `POST /v1/chat/completions`, with the image where `CHAT_IMAGES` puts it. */
const CHAT_API: EaselApi = {
  ask: (url, headers, prompt, n) => ({
    url: `${url}/v1/chat/completions`,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      model: 'gemini-3-pro-image',
      n,
      messages: [{ role: 'user', content: prompt }],
      image_config: { aspect_ratio: '1:1' },
    }),
  }),
  imagesIn: (response) => {
    const { choices } = response as {
      readonly choices: readonly [{ readonly message: ChatMessage }];
    };
    const [{ message }] = choices;
    const urls =
      message.images?.map(({ image_url: { url } }) => url) ??
      [...message.content.matchAll(/\]\((data:[^)]+)\)/g)].map(([, url = '']) => url);
    return urls.map((url) => url.slice(url.indexOf(',') + 1));
  },
  takesN: true,
};

const OPENROUTER_API: EaselApi = {
  ask: (url, headers, prompt, n) => ({
    url: `${url}/v1/images`,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'gemini-3-pro-image', prompt, n, aspect_ratio: '1:1' }),
  }),
  imagesIn: openAiImages,
  takesN: true,
};

const GEMINI_API: EaselApi = {
  ask: (url, headers, prompt) => ({
    url: `${url}/v1beta/models/gemini-3-pro-image:generateContent`,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: prompt }] }] }),
  }),
  imagesIn: geminiImages,
  takesN: false,
};

/** Images as links to the store; links are only fetched to verify the images. */
const LINKS_API: EaselApi = {
  ask: (url, headers, prompt, n) =>
    openAiRequest(url, { prompt, n, size: '1024x1024', response_format: 'url' }, headers),
  imagesIn: (response) => {
    const { data } = response as { readonly data: readonly { readonly url: string }[] };
    return Promise.all(
      data.map(async ({ url }) =>
        Buffer.from(await (await fetch(url)).arrayBuffer()).toString('base64'),
      ),
    );
  },
  takesN: true,
  linksImages: true,
};

const SHORT_LIMITS = 'imagesPerMinute: 1000000, concurrentImages: 10000';

/** Days and budgets cannot be set with Redis unless the ledger is in PostgreSQL. */
const ALL_LIMITS = `${SHORT_LIMITS}, imagesPerDay: 1000000`;
const BUDGET = '{ usdPerMonth: 1000000000 }';

/**
 * Consumers with limits that are never reached, so they are counted but not refused. The last one
 * sends the requests.
 */
function consumersFile(count: number, rules: readonly string[]): string {
  const file = join(mkdtempSync(join(tmpdir(), 'easel-bench-consumers-')), 'consumers.yaml');
  const consumers = Array.from({ length: count }, (_, index) => {
    const key = index === count - 1 ? KEY : `${KEY}-${index}`;
    const keySha256 = createHash('sha256').update(key).digest('hex');
    const lines = [`name: team-${index}`, `keySha256: ${keySha256}`, ...rules];
    return `  - ${lines.join('\n    ')}\n`;
  });
  writeFileSync(file, `consumers:\n${consumers.join('')}`);
  return file;
}

/** Consumers with every limit that there is. */
function withConsumers(count: number): EaselSetup['env'] {
  const rules = [`limits: { ${ALL_LIMITS} }`, `budget: ${BUDGET}`];
  return { PROXY_API_KEY: '', CONSUMERS_FILE: consumersFile(count, rules) };
}

/** A consumer whose minute and concurrent images are limited. */
function withShortLimits(): EaselSetup['env'] {
  return {
    PROXY_API_KEY: '',
    CONSUMERS_FILE: consumersFile(1, [`limits: { ${SHORT_LIMITS} }`]),
  };
}

/** Easel with its own Redis, whose CPU is not counted. */
function withRedis(env: EaselSetup['env'], name: string): Contestant {
  const contestant = easel({ env }, name);
  return {
    ...contestant,
    start: async (upstreamUrl) => {
      const redis = await RedisServer.start().catch(() => {
        throw new Unavailable('there is no redis-server');
      });
      const running = await easel({ env: { ...env, REDIS_URL: redis.url } }, name).start(
        upstreamUrl,
      );
      return {
        ...running,
        stop: async () => {
          await running.stop();
          await redis.kill();
        },
      };
    },
  };
}

/** Easel with traces sent to a collector, in a separate process whose CPU is not counted. */
function traced(env: EaselSetup['env'], name: string): Contestant {
  return {
    ...easel({ env }, name),
    start: async (upstreamUrl) => {
      const collector = forkProcess('collector.process.js');
      const { port } = await readiness(collector);
      const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
      const running = await easel({ env: { ...env, ...endpoint } }, name).start(upstreamUrl);
      return {
        ...running,
        stop: async () => {
          await running.stop();
          await stopChild(collector);
        },
      };
    },
  };
}

/**
 * Easel that records every trace, and requests to the same process whose clients do not want them
 * recorded: two processes of one build differ by up to 8 %. What both pay, such as garbage
 * collection, shows only against a process without tracing.
 */
function tracedAndUnrecorded(): readonly Contestant[] {
  const all = traced({ OTEL_TRACES_SAMPLER: 'parentbased_always_on' }, 'traced-all');
  let running: Promise<RunningContestant> | undefined;
  let users = 0;
  const shared = (name: string, title: string, headers: Readonly<Record<string, string>>) => ({
    name,
    title,
    start: async (upstreamUrl: string) => {
      users += 1;
      const easel = await (running ??= all.start(upstreamUrl));
      return {
        ...easel,
        ask: (size: PayloadSize, n: number) => {
          const request = easel.ask(size, n);
          return { ...request, headers: { ...request.headers, ...headers } };
        },
        stop: async () => {
          users -= 1;
          if (users === 0) {
            running = undefined;
            await easel.stop();
          }
        },
      };
    },
  });
  const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-00`;
  return [
    shared(all.name, all.title, {}),
    shared('unrecorded', 'Easel, traced-all, none recorded', { traceparent }),
  ];
}

/** Easel with each of its APIs, and with optional features. */
export const EASEL_FEATURES: readonly Contestant[] = [
  easel({ api: CHAT_API, env: { CHAT_IMAGES: 'images' } }, 'chat'),
  easel({ api: CHAT_API, env: { CHAT_IMAGES: 'markdown' } }, 'chat-markdown'),
  easel({ api: OPENROUTER_API }, 'openrouter'),
  easel({ api: GEMINI_API }, 'gemini'),
  easel({ api: LINKS_API, env: { IMAGE_STORE: 'disk', IMAGE_STORE_MAX_GB: '10' } }, 'store'),
  easel({ env: withConsumers(1) }, 'consumers'),
  easel({ env: withConsumers(5000) }, 'consumers-5000'),
  easel({ env: { DATABASE_URL: 'off' } }, 'no-ledger'),
  traced({}, 'traced'),
  ...tracedAndUnrecorded(),
  traced({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' }, 'traced-tenth'),
  withRedis(withShortLimits(), 'consumers-redis'),
  withRedis({ DATABASE_URL: 'off' }, 'no-ledger-redis'),
];
