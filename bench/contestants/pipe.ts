import { forkProcess, readiness, stopChild } from '../child';
import { geminiImages, geminiRequest, type Contestant } from '../contestant';
import { promptFor } from '../payload';
import { treeOf } from '../process-meter';

/** A byte pipe in Node: the floor that all others are compared with. */
export function pipe(
  nodeArguments: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Contestant {
  return {
    name: 'pipe',
    title: 'byte pipe (Node)',
    start: async (upstreamUrl) => {
      const child = forkProcess('contestants/pipe.process.js', [upstreamUrl], {
        NODE_OPTIONS: nodeArguments.join(' '),
        ...env,
      });
      const { port } = await readiness(child);
      const url = `http://127.0.0.1:${port}`;
      return {
        pids: treeOf(child.pid ?? 0),
        ask: (size) => geminiRequest(url, promptFor(size)),
        imagesIn: geminiImages,
        takesN: false,
        healthUrl: `${url}/healthz`,
        stop: () => stopChild(child),
      };
    },
  };
}

/** No relay: what upstream and client take by themselves. */
export const direct: Contestant = {
  name: 'direct',
  title: 'no gateway',
  start: (upstreamUrl) =>
    Promise.resolve({
      pids: [],
      ask: (size) => geminiRequest(upstreamUrl, promptFor(size)),
      imagesIn: geminiImages,
      takesN: false,
      healthUrl: undefined,
      stop: () => Promise.resolve(),
    }),
};
