/** The meaning of Google's constants for a refusal, where Google documents it. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ['SAFETY', 'unsafe content'],
  ['IMAGE_SAFETY', 'unsafe content in the image'],
  ['PROHIBITED_CONTENT', 'content that is never allowed'],
  ['IMAGE_PROHIBITED_CONTENT', 'content in the image that is never allowed'],
  ['BLOCKLIST', 'a word on a list of forbidden ones'],
  ['SPII', 'personal data'],
  ['RECITATION', 'too close to a work that exists'],
  ['IMAGE_RECITATION', 'an image too close to a work that exists'],
  ['MODEL_ARMOR', "the rules of the account's own Model Armor"],
  ['JAILBREAK', 'an attempt to get around the rules'],
]);

/** The cause of a refusal, as a part of a sentence; undefined if the constant does not name one. */
function refusalClass(reason: string): string | undefined {
  return CLASSES.get(reason);
}

/** Names Google: a client that looks up the rules must know that they are not OpenAI's. */
export function refusedBy(reason: string | undefined): string {
  const words = reason === undefined ? undefined : refusalClass(reason);
  const why = words === undefined ? '' : ` (${reason}: ${words})`;
  return `It was Google's image model that refused it${why}. Rephrase the prompt.`;
}
