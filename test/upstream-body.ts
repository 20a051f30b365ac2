import type { Emulator } from '../src/emulator/emulator';

/** The body of an upstream call, as far as the tests look at it. */
export interface UpstreamBody {
  readonly contents: readonly { readonly parts: readonly { readonly text?: string }[] }[];
  readonly generationConfig: Readonly<Record<string, unknown>> & {
    readonly imageConfig?: { readonly aspectRatio?: string; readonly imageSize?: string };
  };
}

/** The bodies that went upstream, in the order they arrived. */
export function upstreamBodies(emulator: Emulator): readonly UpstreamBody[] {
  return emulator.requests.map(({ body }) => body as UpstreamBody);
}
