import type { ImageReservation } from '../consumers/limits/image-reservation';
import type { OngoingImage } from '../idempotency/ongoing-image';
import type { ImagePlan } from '../mapping/image-plan';
import type { Generated } from './generated-image';
import type { ImageTask } from './image-attempt';

/** A plan, and what was reserved for it under its consumer's limits. */
export interface Admitted {
  readonly plan: ImagePlan;
  readonly limits: ImageReservation;
  /** The finished or pending images of an earlier request, by index. */
  readonly adopted: ReadonlyMap<number, OngoingImage<Generated>>;
}

/** The plan that needs memory: adopted images are counted already. */
export function withoutAdopted({ plan, adopted }: Pick<Admitted, 'plan' | 'adopted'>): ImagePlan {
  return adopted.size === 0 ? plan : { ...plan, n: plan.n - adopted.size };
}

/** The images of a plan, each with its part of the reservation. */
export function tasksOf({ plan, limits, adopted }: Admitted): readonly ImageTask[] {
  let reserved = 0;
  return Array.from({ length: plan.n }, (_, index) => ({
    plan,
    index,
    // Nothing is reserved for an adopted image: index n is past the reservations.
    reserved: limits.image(adopted.has(index) ? plan.n : reserved++),
  }));
}
