/** The form field that a server fault concerns, by its id on the page. */
const FIELDS: readonly (readonly [RegExp, string])[] = [
  [/^(prompt|image|images|mask)\b/, 'prompt'],
  [/^model$/, 'model'],
  [/^(aspect_ratio|size)$/, 'ratio'],
  [/^image_size$/, 'resolution'],
  [/^n$/, 'images'],
  [/^output_format$/, 'format'],
  [/^output_compression$/, 'compression'],
  [/^(quality|style|seed)$/, ''],
  [/^complexity$/, 'thinking'],
  [/^service_tier$/, 'tier'],
];

/** Undefined for a param without a form field. */
export function fieldOfParam(param: string | null): string | undefined {
  const field = FIELDS.find(([pattern]) => pattern.test(param ?? ''))?.[1];
  return field === '' ? (param ?? undefined) : field;
}
