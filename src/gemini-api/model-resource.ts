import type { CatalogueModel } from '../mapping/model-catalogue';

/** A model in the format of Google's API. */
export interface ModelResource {
  readonly name: string;
  readonly version: string;
  readonly displayName: string;
  readonly description: string;
  readonly inputTokenLimit: number;
  readonly outputTokenLimit: number;
  readonly supportedGenerationMethods: readonly string[];
  readonly thinking?: true;
}

/** Model pickers show only models with `generateContent`. */
const METHODS: readonly string[] = ['generateContent', 'countTokens'];

export function modelResource(model: CatalogueModel): ModelResource {
  const { id, displayName, description, inputTokenLimit, outputTokenLimit, takesThinkingConfig } =
    model;
  return {
    name: `models/${id}`,
    version: /\d+(\.\d+)*/.exec(id)?.[0] ?? '1',
    displayName,
    description,
    inputTokenLimit,
    outputTokenLimit,
    supportedGenerationMethods: METHODS,
    ...(takesThinkingConfig ? { thinking: true } : {}),
  };
}
