import { Module } from '@nestjs/common';
import { RouteTable } from './http/routing/route-table';
import { UnmatchedController } from './http/routing/unmatched.controller';

/**
 * The catch-all, in its own module. Nest registers routes module by module, the root's first and
 * then in import order. So it must be imported last; otherwise it would take every request.
 */
@Module({ controllers: [UnmatchedController], providers: [RouteTable] })
export class UnmatchedModule {}
