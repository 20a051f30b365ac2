/** Text, or the place of an image among those that came with the request, from 0. */
export type TurnPart = { readonly text: string } | { readonly image: number };

/** What one side has said, in order. */
export interface Turn {
  readonly role: 'user' | 'model';
  readonly parts: readonly TurnPart[];
}

/** What a prompt is a part of when it comes from a chat; it says all that is sent instead of the prompt alone. */
export interface Conversation {
  /**
   * In order; the last is the prompt. Images stand in turns of the user alone: Gemini takes one in a turn of
   * the model only with the signature that it was made with, which no client keeps.
   */
  readonly turns: readonly Turn[];
  readonly systemInstruction: readonly string[];
  /** Whether text is a valid response, beside an image or without one. */
  readonly wantsText: boolean;
  readonly temperature?: number;
  readonly topP?: number;
  /** What the door could not do as asked. */
  readonly warnings: readonly string[];
}

/** The conversation without the images of these places; those that stay have the places that are left. */
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
