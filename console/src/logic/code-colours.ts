export interface Piece {
  readonly text: string;
  readonly kind: 'plain' | 'word' | 'string' | 'comment';
}

const TOKENS =
  /(?<comment>(?:^|(?<=\n))(?:#|\/\/)[^\n]*)|(?<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`\n]*`)|(?<word>\b(?:import|from|for|in|with|as|if|const|let|new|await|of|foreach|curl)\b)/g;

/** Three colours are enough for readability: keywords, strings, comments. */
export function codeColours(code: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of code.matchAll(TOKENS)) {
    if (match.index > end) {
      pieces.push({ text: code.slice(end, match.index), kind: 'plain' });
    }
    const { comment, string } = match.groups ?? {};
    const kind = comment !== undefined ? 'comment' : string !== undefined ? 'string' : 'word';
    pieces.push({ text: match[0], kind });
    end = match.index + match[0].length;
  }
  if (end < code.length) {
    pieces.push({ text: code.slice(end), kind: 'plain' });
  }
  return pieces;
}
