import type { CatalogueModel } from '../mapping/model-catalogue';

/** A model as Google's API shows it. */
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

/** The pickers of programs show models with `generateContent` alone. */
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
