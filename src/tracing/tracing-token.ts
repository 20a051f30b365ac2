/** The token under which Nest injects `Tracing`; undefined if tracing is off. It loads nothing. */
export const TRACING = Symbol('Tracing');
