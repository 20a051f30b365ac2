import type { ImageReservation } from '../consumers/limits/image-reservation';
import type { OngoingImage } from '../idempotency/ongoing-image';
import type { ImagePlan } from '../mapping/image-plan';
import type { Generated } from './generated-image';
import type { ImageTask } from './image-attempt';

/** A plan, and what its consumer's limits have made room for. */
export interface Admitted {
  readonly plan: ImagePlan;
  readonly limits: ImageReservation;
  /** What is there or still coming of an earlier request, by its place. */
  readonly adopted: ReadonlyMap<number, OngoingImage<Generated>>;
}

/** What there must be memory for: that of what is taken over is counted already. */
export function withoutAdopted({ plan, adopted }: Pick<Admitted, 'plan' | 'adopted'>): ImagePlan {
  return adopted.size === 0 ? plan : { ...plan, n: plan.n - adopted.size };
}

/** The images of a plan, each with its part of what is reserved. */
export function tasksOf({ plan, limits, adopted }: Admitted): readonly ImageTask[] {
  let reserved = 0;
  return Array.from({ length: plan.n }, (_, index) => ({
    plan,
    index,
    // An index that nothing is reserved for has no limit to take.
    reserved: limits.image(adopted.has(index) ? plan.n : reserved++),
  }));
}
