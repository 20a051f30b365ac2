/** What is typed as a whole number within its bounds; undefined if it is no number. */
export function wholeNumber(text: string, min: number, max: number): number | undefined {
  const number = Math.round(Number(text));
  return text.trim() !== '' && Number.isFinite(number)
    ? Math.min(max, Math.max(min, number))
    : undefined;
}
