import { forkProcess, readiness, stopChild } from '../child';
import { openAiImages, openAiRequest, type Contestant } from '../contestant';
import { promptFor } from '../payload';
import { treeOf } from '../process-meter';

/** The usual implementation: axios, an object, `res.json`. */
export const usual: Contestant = {
  name: 'usual',
  title: 'usual path (Nest, axios, JSON)',
  start: async (upstreamUrl) => {
    const child = forkProcess('contestants/usual.process.js', [upstreamUrl]);
    const { port } = await readiness(child);
    return {
      pids: treeOf(child.pid ?? 0),
      ask: (size, n) => openAiRequest(`http://127.0.0.1:${port}`, { prompt: promptFor(size), n }),
      imagesIn: openAiImages,
      takesN: true,
      healthUrl: undefined,
      stop: () => stopChild(child),
    };
  },
};
