/**
 * Why a document was rejected: it is too large, its structure without the long strings is too
 * large, it is nested too deeply, it ends too early, or it is not JSON.
 */
export type BlobJsonFault =
  'too_large' | 'structure_too_large' | 'too_deep' | 'truncated' | 'malformed' | 'not_utf8';

const MESSAGES: Readonly<Record<BlobJsonFault, string>> = {
  too_large: 'The JSON document is larger than allowed',
  structure_too_large: 'The JSON document contains more structure and short strings than allowed',
  too_deep: 'The JSON document is nested deeper than allowed',
  truncated: 'The JSON document ends before it is complete',
  malformed: 'The document is not valid JSON',
  not_utf8: 'The document is not valid UTF-8',
};

/**
 * A document that could not be read. It contains neither the text of the document nor, as its
 * cause, V8's SyntaxError, which quotes the text: that may be an upstream's body or a prompt.
 */
export class BlobJsonError extends Error {
  override readonly name = 'BlobJsonError';

  constructor(readonly reason: BlobJsonFault) {
    super(MESSAGES[reason]);
  }
}
