import { Module } from '@nestjs/common';
import { RouteTable } from './http/routing/route-table';
import { UnmatchedController } from './http/routing/unmatched.controller';

/**
 * The catch-all, in a module of its own. Nest registers routes module by module, in the order of the
 * imports and the root module's first: it has to be imported last, or it would take every request.
 */
@Module({ controllers: [UnmatchedController], providers: [RouteTable] })
export class UnmatchedModule {}
