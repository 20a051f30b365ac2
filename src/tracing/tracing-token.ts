/** The token under which Nest injects `Tracing`; undefined where there are no traces. It loads nothing. */
export const TRACING = Symbol('Tracing');
