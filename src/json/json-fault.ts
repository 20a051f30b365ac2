/** What may follow at one position of a document. */
type Expected =
  'value' | 'value_or_end' | 'key' | 'key_or_end' | 'colon' | 'comma_or_end' | 'nothing';

const WHITE_SPACE = /[ \t\r\n]*/y;
const LITERAL = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;
// eslint-disable-next-line no-control-regex -- JSON forbids just these in a string
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;

/**
 * Where a text stops being valid JSON: the index of the first unexpected token, or the text's
 * length if something is missing at the end. Undefined for valid JSON. V8 knows the position too,
 * but reports it in a message that quotes the text, which may be a prompt, and omits it for short
 * texts. No recursion, because a hostile text may be nested deeper than the call stack.
 */
export function jsonFaultIndex(text: string): number | undefined {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let at = 0;
  const behindValue = (): Expected => (open.length === 0 ? 'nothing' : 'comma_or_end');
  for (;;) {
    at = endOf(WHITE_SPACE, text, at) ?? at;
    const next = text[at];
    if (next === undefined) {
      return expected === 'nothing' ? undefined : at;
    }
    const inObject = open.at(-1) === '{';
    if ((next === '}' || next === ']') && closes(next, expected, inObject)) {
      open.pop();
      expected = behindValue();
      at += 1;
    } else if (expected === 'colon' && next === ':') {
      expected = 'value';
      at += 1;
    } else if (expected === 'comma_or_end' && next === ',') {
      expected = inObject ? 'key' : 'value';
      at += 1;
    } else if (expected === 'key' || expected === 'key_or_end') {
      const end = endOf(STRING, text, at);
      if (end === undefined) {
        return at;
      }
      expected = 'colon';
      at = end;
    } else if ((expected === 'value' || expected === 'value_or_end') && '{['.includes(next)) {
      open.push(next === '{' ? '{' : '[');
      expected = next === '{' ? 'key_or_end' : 'value_or_end';
      at += 1;
    } else if (expected === 'value' || expected === 'value_or_end') {
      const end = endOf(next === '"' ? STRING : LITERAL, text, at);
      if (end === undefined) {
        return at;
      }
      expected = behindValue();
      at = end;
    } else {
      return at;
    }
  }
}

function closes(bracket: '}' | ']', expected: Expected, inObject: boolean): boolean {
  return (
    (expected === 'comma_or_end' && inObject === (bracket === '}')) ||
    (expected === 'key_or_end' && bracket === '}') ||
    (expected === 'value_or_end' && bracket === ']')
  );
}

/** The end of the token that begins at `at`; undefined if there is none of that kind. */
function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
