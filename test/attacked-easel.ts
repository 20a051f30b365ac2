import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateAt, startProcess } from './easel-process';
import { picture, form } from './pictures';
import { mebibytesOf, RETURNING_LARGE_BLOCKS } from './process-memory';
import { imagePart, png, respond, startScriptedUpstream } from './scripted-upstream';

/** What an attack has done to the process and to its other clients. */
interface Damage {
  /** The most memory that the process had, in MiB. */
  readonly peakMebibytes: number;
  /** The most CPU that the main thread spent in one turn of the event loop, in milliseconds. */
  readonly longestTurnMs: number;
  /** What honest clients got meanwhile. */
  readonly honest: readonly number[];
}

/** Easel as a process of its own, with an upstream outside of it, so that all its memory and CPU is Easel's. */
export interface AttackedEasel {
  readonly url: string;
  /**
   * Runs an attack with honest clients beside it, a generation and an edit by turns, until it is over. It is told of
   * their responses as they come.
   */
  suffer(attack: (honest: readonly number[]) => Promise<void>): Promise<Damage>;
  /**
   * Keeps the upstream from responding to requests whose prompt has this text.
   *
   * @returns `arrived`, once there is one, and what lets them go
   */
  hold(prompt: string): { readonly arrived: Promise<void>; readonly release: () => void };
  /** What the process has of the machine's memory, in MiB. */
  residentMebibytes(): number;
  /** The most that it had of it since the last attack began, in MiB. */
  peakMebibytes(): number;
  /** What it says that it holds, in bytes. */
  heldBytes(): Promise<number>;
  close(): Promise<void>;
}

interface Held {
  readonly prompt: string;
  readonly arrive: () => void;
  readonly released: Promise<void>;
}

export async function startAttackedEasel(
  maxInflightMegabytes: number,
  env: Readonly<Record<string, string>> = {},
): Promise<AttackedEasel> {
  const small = Buffer.from(JSON.stringify(respond([imagePart(await png(64))], 'STOP')));
  const bytes = Buffer.concat([Buffer.from(await png(64), 'base64'), Buffer.alloc(12_000_000)]);
  const large = Buffer.from(JSON.stringify(respond([imagePart(bytes.toString('base64'))], 'STOP')));
  const held: Held[] = [];
  const upstream = await startScriptedUpstream(async ({ path, body, response }) => {
    for (const { prompt, arrive, released } of held) {
      if (body.includes(prompt)) {
        arrive();
        await released;
      }
    }
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(path.includes(LARGE_MODEL) ? large : small);
  });
  const folder = mkdtempSync(join(tmpdir(), 'attacked-'));
  const file = join(folder, 'accounts.json');
  writeFileSync(
    file,
    JSON.stringify({
      accounts: [
        {
          email: 'a@test',
          provider: 'gemini',
          apiKey: 'k',
          baseUrl: upstream.url,
          maxConcurrency: 64,
        },
      ],
    }),
  );
  const started = startProcess(
    {
      ACCOUNTS_FILE: file,
      MAX_INFLIGHT_MB: String(maxInflightMegabytes),
      LOG_LEVEL: 'info',
      SLAB_POISON: 'off',
      ABANDONED_TTL_SECONDS: '1',
      ...RETURNING_LARGE_BLOCKS,
      ...env,
    },
    join(__dirname, 'attacked-process.cjs'),
  );
  const { child } = started;
  const url = await started.url();
  const longestTurnMs = async (): Promise<number> => {
    const response = once(child, 'message') as Promise<[number]>;
    child.send('how long?');
    return (await response)[0];
  };
  const edit = form(['prompt', 'x'], ['image', await picture()]);
  const honestCall = async (index: number): Promise<number> => {
    const response =
      index % 2 === 0
        ? await generateAt(url)
        : await fetch(`${url}/v1/images/edits`, { method: 'POST', body: edit });
    await response.arrayBuffer();
    return response.status;
  };
  // What is loaded and compiled once is no attack's doing.
  await honestCall(0);
  await honestCall(1);

  return {
    url,
    suffer: async (attack) => {
      // Begins the kernel's high-water mark anew.
      writeFileSync(`/proc/${String(child.pid)}/clear_refs`, '5');
      await longestTurnMs();
      const attacking = { isOver: false };
      const honest: number[] = [];
      const attacked = attack(honest).finally(() => (attacking.isOver = true));
      do {
        honest.push(await honestCall(honest.length));
        await sleep(20);
      } while (!attacking.isOver);
      await attacked;
      return {
        peakMebibytes: mebibytesOf(child.pid, 'VmHWM'),
        longestTurnMs: await longestTurnMs(),
        honest,
      };
    },
    hold: (prompt) => {
      let arrive: () => void = () => undefined;
      let release: () => void = () => undefined;
      const arrived = new Promise<void>((resolve) => (arrive = resolve));
      const released = new Promise<void>((resolve) => (release = resolve));
      held.push({ prompt, arrive, released });
      return { arrived, release };
    },
    residentMebibytes: () => mebibytesOf(child.pid, 'VmRSS'),
    peakMebibytes: () => mebibytesOf(child.pid, 'VmHWM'),
    heldBytes: async () => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      return Number(/^easel_inflight_bytes (\S+)/m.exec(metrics)?.[1]);
    },
    close: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      await upstream.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Only this model's images are large. */
const LARGE_MODEL = 'gemini-3-pro-image';
export const LARGE_GENERATION = { prompt: 'x', model: LARGE_MODEL };
