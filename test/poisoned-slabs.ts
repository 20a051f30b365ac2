/**
 * In the environment of every Easel that a test starts. A slice of a slab that is read after the slab
 * was given back is then no image, instead of being one until the slab is used again. Only what
 * measures CPU leaves it out.
 */
export const POISONED_SLABS = { SLAB_POISON: 'on' } as const;
