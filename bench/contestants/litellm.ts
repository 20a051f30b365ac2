import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startQuietly, stopChild, untilReachable } from '../child';
import { openAiImages, openAiRequest, Unavailable, type Contestant } from '../contestant';
import { promptFor } from '../payload';
import { treeOf } from '../process-meter';
import { installed } from './peer-install';

const VERSION = '1.106.2';
const MODEL = 'gemini-3-pro-image';

/**
 * LiteLLM's proxy with its `gemini` provider and one worker, set up according to its production
 * guide. It accepts `n` but returns only one image, so n images take several requests.
 */
export const litellm: Contestant = {
  name: 'litellm',
  title: `LiteLLM ${VERSION}`,
  effort: 0.25,
  start: async (upstreamUrl) => {
    if (spawnSync('python3', ['--version']).status !== 0) {
      throw new Unavailable('there is no Python');
    }
    const program = installed('litellm', 'venv/bin/litellm', [
      ['python3', '-m', 'venv', 'venv'],
      ['venv/bin/pip', 'install', '-q', `litellm[proxy]==${VERSION}`],
    ]);
    const folder = mkdtempSync(join(tmpdir(), 'easel-bench-litellm-'));
    const file = join(folder, 'config.yaml');
    const key = `sk-${randomBytes(24).toString('hex')}`;
    writeFileSync(file, configuration(upstreamUrl, key));
    const port = await freePort();
    const args = ['--config', file, '--host', '127.0.0.1', '--port', String(port)];
    const child = startQuietly(program, [...args, '--num_workers', '1'], {
      cwd: folder,
      env: {
        ...process.env,
        LITELLM_MODE: 'PRODUCTION',
        LITELLM_LOG: 'ERROR',
        LITELLM_LOCAL_MODEL_COST_MAP: 'True',
      },
    });
    const url = `http://127.0.0.1:${port}`;
    await untilReachable(`${url}/health/liveliness`, child, 120_000);
    return {
      pids: treeOf(child.pid ?? 0),
      ask: (size) =>
        openAiRequest(
          url,
          { model: MODEL, prompt: promptFor(size), n: 1 },
          { authorization: `Bearer ${key}` },
        ),
      imagesIn: openAiImages,
      takesN: false,
      healthUrl: `${url}/health/liveliness`,
      stop: async () => {
        await stopChild(child);
        rmSync(folder, { recursive: true });
      },
    };
  },
};

function configuration(upstreamUrl: string, key: string): string {
  return `
model_list:
  - model_name: ${MODEL}
    litellm_params:
      model: gemini/${MODEL}
      api_key: no-key
      api_base: ${upstreamUrl}
litellm_settings:
  set_verbose: False
general_settings:
  master_key: ${key}
`;
}
