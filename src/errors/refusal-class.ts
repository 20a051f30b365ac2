/** The meaning of Google's refusal constants, as documented by Google. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ['SAFETY', 'unsafe content'],
  ['IMAGE_SAFETY', 'unsafe content in the image'],
  ['PROHIBITED_CONTENT', 'content that is never allowed'],
  ['IMAGE_PROHIBITED_CONTENT', 'content in the image that is never allowed'],
  ['BLOCKLIST', 'a word on a blocklist'],
  ['SPII', 'personal data'],
  ['RECITATION', 'too close to an existing work'],
  ['IMAGE_RECITATION', 'an image too close to an existing work'],
  ['MODEL_ARMOR', "the rules of the account's own Model Armor"],
  ['JAILBREAK', 'an attempt to get around the rules'],
]);

/** The cause of a refusal, as part of a sentence; undefined if the constant names none. */
function refusalClass(reason: string): string | undefined {
  return CLASSES.get(reason);
}

/** Names Google: a client that looks up the rules must know that they are not OpenAI's. */
export function refusedBy(reason: string | undefined): string {
  const words = reason === undefined ? undefined : refusalClass(reason);
  const why = words === undefined ? '' : ` (${reason}: ${words})`;
  return `Google's image model refused it${why}. Rephrase the prompt.`;
}
