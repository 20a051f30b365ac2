import { Transform } from 'class-transformer';
import { IsIn, IsInt, Max, Min } from 'class-validator';

/**
 * Digits become a number; anything else becomes NaN, which `@IsInt` rejects (`Number('')` would be
 * 0).
 */
export function Integer(min: number, max: number): PropertyDecorator {
  const message = `must be an integer from ${min} to ${max}`;
  return (target, property) => {
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? (/^\d+$/.test(value) ? Number(value) : Number.NaN) : value,
    )(target, property);
    for (const rule of [IsInt({ message }), Min(min, { message }), Max(max, { message })]) {
      rule(target, property);
    }
  };
}

export function OneOf(values: readonly string[]): PropertyDecorator {
  return IsIn([...values], { message: `must be one of ${values.join(', ')}` });
}
