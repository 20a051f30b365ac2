import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';

/**
 * The body exactly as a `BodyGuard` has read it. `@Body()` would not do: its pipe uses
 * class-transformer, which would copy every file and every blob in it.
 */
export const ReadBody = createParamDecorator(
  (_: undefined, context: ExecutionContext): unknown =>
    context.switchToHttp().getRequest<Request>().body,
);
