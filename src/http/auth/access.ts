import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { ConsumerRole } from '../../context/consumer';

const ACCESS = 'easel:access';

/** Who may call a route: everybody what is public, and a probe, any holder of a key what is no route, else those with one of these roles. */
export type RouteAccess = 'public' | 'probe' | 'any' | readonly ConsumerRole[];

type Handler = Parameters<Reflector['get']>[1];

/**
 * Says who may call a handler, or each handler of a controller. An operator may call all of them, so
 * `@Access('operator')` leaves nobody else. `@Access('probe')` is a health probe, which `all_except_health`
 * lets in without a key. `@Access('public')` needs no key in any mode: its URL is signed, or it has nothing to hide.
 *
 * Every handler needs it: one without is an operator's alone, and fails a test.
 */
export function Access(
  ...access: readonly ['public' | 'probe' | 'any'] | readonly [ConsumerRole, ...ConsumerRole[]]
): CustomDecorator {
  const [first] = access;
  const isWord = first === 'public' || first === 'probe' || first === 'any';
  return SetMetadata(ACCESS, isWord ? first : access);
}

/** What has been decided for a handler; undefined where nothing has. */
export function accessOf(
  reflector: Reflector,
  handler: Handler,
  controller: Handler,
): RouteAccess | undefined {
  return reflector.getAllAndOverride<RouteAccess | undefined>(ACCESS, [handler, controller]);
}
