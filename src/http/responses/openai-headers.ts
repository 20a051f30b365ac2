import type { ServerResponse } from 'node:http';
import type { RequestContext } from '../../context/request-context';

/** Sets the two headers that OpenAI sends with every response; SDKs and dashboards read them. */
export function setOpenAiHeaders(
  response: ServerResponse,
  { elapsedMs }: Pick<RequestContext, 'elapsedMs'>,
): void {
  response.setHeader('openai-version', '2020-10-01');
  response.setHeader('openai-processing-ms', String(Math.round(elapsedMs)));
}
