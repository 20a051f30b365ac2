import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Express } from 'express';

/** The part of an Express 5 route layer that is used here. */
interface RouteLayer {
  readonly route?: {
    readonly path: unknown;
    readonly methods: Readonly<Record<string, boolean>>;
  };
  match(path: string): boolean;
}

export interface Route {
  /** In upper case, HEAD beside each GET, OPTIONS last. */
  readonly methods: readonly string[];
  /** The pattern as registered, e.g. `/v1/models/:id`. */
  readonly path: string;
}

/** The registered routes, read from the router itself so that they cannot differ from it. */
@Injectable()
export class RouteTable {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  /**
   * The methods that the path supports; empty for an unknown path. If several patterns match, the
   * one with the longest literal part wins: `models/x:predict` is a method of a model, not a model
   * of that name.
   */
  methodsOf(path: string): readonly string[] {
    const matching = this.layers().filter((layer) => layer.match(path));
    const closest = Math.max(...matching.map(literalLength));
    return sortMethods(
      matching
        .filter((layer) => literalLength(layer) === closest)
        .flatMap((layer) => Object.keys(layer.route?.methods ?? {})),
    );
  }

  /** Whether there is a route for the path, whatever the method. */
  has(path: string): boolean {
    return this.layers().some((layer) => layer.match(path));
  }

  /** Every route except the catch-all. */
  list(): readonly Route[] {
    return this.layers().map((layer) => ({
      path: String(layer.route?.path),
      methods: sortMethods(Object.keys(layer.route?.methods ?? {})),
    }));
  }

  private layers(): readonly RouteLayer[] {
    const express = this.adapterHost.httpAdapter.getInstance<Express>();
    return (express.router.stack as unknown as RouteLayer[]).filter(
      ({ route }) => route !== undefined && route.path !== '/{*path}' && route.path !== '*path',
    );
  }
}

/** The length of a pattern without its parameters. */
function literalLength({ route }: RouteLayer): number {
  return String(route?.path).replace(/(?<!\\)[:*]\w+/g, '').length;
}

function sortMethods(methods: readonly string[]): readonly string[] {
  if (methods.length === 0) {
    return [];
  }
  const names = new Set(methods.map((method) => method.toUpperCase()));
  if (names.has('GET')) {
    names.add('HEAD');
  }
  return [...[...names].filter((name) => name !== 'OPTIONS').sort(), 'OPTIONS'];
}
