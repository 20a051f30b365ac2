import { freePort, startQuietly, stopChild, untilReachable } from '../child';
import type { Contestant } from '../contestant';
import { promptFor } from '../payload';
import { treeOf } from '../process-meter';
import { installed } from './peer-install';

const VERSION = '1.15.2';

/**
 * Portkey's gateway. For Google it serves no images (`/v1/images/generations` responds with
 * «imageGenerate is not supported by google»), but its chat completions carry the images that Gemini
 * draws, as data URIs. That is measured.
 */
export const portkey: Contestant = {
  name: 'portkey',
  title: `Portkey ${VERSION} (chat)`,
  start: async (upstreamUrl) => {
    const main = installed('portkey', 'node_modules/@portkey-ai/gateway/build/start-server.js', [
      ['npm', 'init', '-y'],
      ['npm', 'install', '--no-audit', '--no-fund', `@portkey-ai/gateway@${VERSION}`],
    ]);
    const port = await freePort();
    const child = startQuietly(process.execPath, [main, '--headless', `--port=${port}`], {
      env: { ...process.env, NODE_ENV: 'production' },
    });
    const url = `http://127.0.0.1:${port}`;
    await untilReachable(url, child, 60_000);
    return {
      pids: treeOf(child.pid ?? 0),
      ask: (size) => ({
        url: `${url}/v1/chat/completions`,
        headers: {
          'content-type': 'application/json',
          authorization: 'Bearer no-key',
          'x-portkey-provider': 'google',
          'x-portkey-custom-host': `${upstreamUrl}/v1beta`,
          // Otherwise its response cannot contain an image.
          'x-portkey-strict-open-ai-compliance': 'false',
        },
        body: JSON.stringify({
          model: 'gemini-3-pro-image',
          messages: [{ role: 'user', content: promptFor(size) }],
          modalities: ['image'],
        }),
      }),
      imagesIn: chatImages,
      takesN: false,
      healthUrl: undefined,
      stop: () => stopChild(child),
    };
  },
};

interface ChatResponse {
  readonly choices: readonly {
    readonly message: {
      readonly content_blocks: readonly { readonly image_url?: { readonly url: string } }[];
    };
  }[];
}

function chatImages(response: unknown): readonly string[] {
  const { choices } = response as ChatResponse;
  return choices
    .flatMap(({ message }) => message.content_blocks)
    .flatMap((block) => (block.image_url === undefined ? [] : [block.image_url.url]))
    .map((url) => url.slice(url.indexOf(',') + 1));
}
