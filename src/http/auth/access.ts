import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { ConsumerRole } from '../../context/consumer';

const ACCESS = 'easel:access';

/**
 * Who may call a route: `public`, anyone; `probe`, a health check; `any`, the holder of any key;
 * otherwise the holders of the listed roles.
 */
export type RouteAccess = 'public' | 'probe' | 'any' | readonly ConsumerRole[];

type Handler = Parameters<Reflector['get']>[1];

/**
 * Declares who may call a handler, or every handler of a controller. An operator may call all of
 * them, so `@Access('operator')` admits operators only. `@Access('probe')` marks a health probe,
 * which `all_except_health` admits without a key. `@Access('public')` needs no key in any mode: its
 * URL is signed, or it exposes nothing.
 *
 * Every handler must have one. A handler without it is open to operators only, and a test fails.
 */
export function Access(
  ...access: readonly ['public' | 'probe' | 'any'] | readonly [ConsumerRole, ...ConsumerRole[]]
): CustomDecorator {
  const [first] = access;
  const isWord = first === 'public' || first === 'probe' || first === 'any';
  return SetMetadata(ACCESS, isWord ? first : access);
}

/** The access declared for a handler; undefined if none is. */
export function accessOf(
  reflector: Reflector,
  handler: Handler,
  controller: Handler,
): RouteAccess | undefined {
  return reflector.getAllAndOverride<RouteAccess | undefined>(ACCESS, [handler, controller]);
}
