/** Text, or the index of an image among those that came with the request, from 0. */
export type TurnPart = { readonly text: string } | { readonly image: number };

/** The consecutive messages of one side, in order. */
export interface Turn {
  readonly role: 'user' | 'model';
  readonly parts: readonly TurnPart[];
}

/** The chat that a prompt comes from; it replaces the prompt in the request to Gemini. */
export interface Conversation {
  /**
   * In order; the last is the prompt. Only the user's turns have images: Gemini accepts one in a
   * turn of the model only with the signature that it was made with, and no client keeps that.
   */
  readonly turns: readonly Turn[];
  readonly systemInstruction: readonly string[];
  /** Whether text is a valid response, with or without an image. */
  readonly wantsText: boolean;
  readonly temperature?: number;
  readonly topP?: number;
  /** What the API could not carry out as asked. */
  readonly warnings: readonly string[];
}

/** The conversation without the images at these indexes; the others are renumbered. */
export function withoutMissing(
  conversation: Conversation,
  missing: readonly number[],
): Conversation {
  const turns = conversation.turns.map(({ role, parts }) => ({
    role,
    parts: parts.flatMap((part): readonly TurnPart[] => {
      if ('text' in part) {
        return [part];
      }
      const before = missing.filter((place) => place < part.image).length;
      return missing.includes(part.image) ? [] : [{ image: part.image - before }];
    }),
  }));
  return { ...conversation, turns: turns.filter(({ parts }) => parts.length > 0) };
}
