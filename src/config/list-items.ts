/** The items of a list that is separated by commas. */
export function listItems(list: string | undefined): readonly string[] {
  return (list ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
