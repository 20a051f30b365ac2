import { performance } from 'node:perf_hooks';
import type { Response } from 'express';

/** When the request came in, by `performance.now()`; set by the first middleware of all. */
export function markStart(response: Response): void {
  response.locals['startedAt'] = performance.now();
}

/** The two headers that OpenAI puts on every answer of its API; the SDKs and dashboards read them. */
export function setOpenAiHeaders(response: Response): void {
  const startedAt: unknown = response.locals['startedAt'];
  const elapsedMs = typeof startedAt === 'number' ? performance.now() - startedAt : 0;
  response.setHeader('openai-version', '2020-10-01');
  response.setHeader('openai-processing-ms', String(Math.round(elapsedMs)));
}
