import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import type { RequestContext } from '../context/request-context';
import { GatewayError } from '../errors/gateway-error';
import { bodyFingerprint } from '../http/bodies/body-content';
import { clientIdentity } from './client-identity';
import { FirstRequest, type FirstOutcome } from './first-request';
import { FirstResponses, LEASE_MS } from './first-responses';
import { keyDigestOf, ownerDigestOf, recordScope } from './idempotency-key';
import { KeptContents } from './kept-contents';
import { errorOf, faultContent } from './kept-fault';
import { NOT_KEPT, outcomeOf } from './record-ending';
import type { RecordQuery, RequestRecord } from '../ledger/request-records';
import type { OpenedResponse } from './opened-response';
import { requestFingerprint } from './request-fingerprint';
import { LOCAL_WARNING, SharedRecords } from './shared-records';
import { KeptResponseSender } from './kept-response.renderer';
import { WaiterSlots } from './waiter-slots';

/** How often to check whether another process has finished a request. */
const POLL_MS = 500;

/** A request with an Idempotency-Key. */
interface KeyedRequest {
  readonly context: RequestContext;
  readonly request: Request;
  readonly response: Response;
  readonly record: RequestRecord;
  /** Returns the slot in which it waits. */
  slot: (() => void) | undefined;
}

/**
 * Runs a request with an Idempotency-Key the first time, and replays the first response afterwards.
 */
@Injectable()
export class IdempotentRequests {
  private readonly atWork = new Map<string, FirstRequest>();
  /** Pending claims, shared by all requests that ask at the same time. */
  private readonly asked = new Map<string, Promise<RequestRecord | undefined>>();
  private readonly slots = new WaiterSlots();

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly records: SharedRecords,
    private readonly contents: KeptContents,
    private readonly sender: KeptResponseSender,
    private readonly firsts: FirstResponses,
  ) {}

  /**
   * Resolves to false for the first request, which is recorded from then on; to true if the
   * response was replayed.
   *
   * @throws GatewayError the fault of the first request; `idempotency_key_reused`;
   * `idempotency_in_progress`
   * @throws ClientGoneError if the client disconnects first
   */
  async isReplayed(
    key: string,
    context: RequestContext,
    request: Request,
    response: Response,
  ): Promise<boolean> {
    const { owner, route } = clientIdentity(context, request);
    const body = await bodyFingerprint(request);
    const record: RequestRecord = {
      scope: recordScope(owner, route, key),
      owner: ownerDigestOf(owner),
      keyDigest: keyDigestOf(owner, key),
      requestId: context.id,
      fingerprint: requestFingerprint(body ?? '', context),
      holder: randomUUID(),
      state: 'at_work',
      expiresAt: 0,
      content: null,
    };
    const keyed: KeyedRequest = { context, request, response, record, slot: undefined };
    try {
      return await this.isSettled(keyed);
    } finally {
      keyed.slot?.();
    }
  }

  private async isSettled(keyed: KeyedRequest): Promise<boolean> {
    const { context, record } = keyed;
    let lost: string | undefined;
    let awaited: string | undefined;
    for (;;) {
      context.signal.throwIfAborted();
      const first = this.atWork.get(record.scope);
      if (first !== undefined) {
        const outcome = await this.waitFor(first, keyed);
        lost = outcome.kind === 'kept' ? outcome.content : lost;
        if (await this.replay(outcome, keyed)) {
          return true;
        }
        continue;
      }
      const asked = this.asked.get(record.scope);
      const existing = await (asked ?? this.ask(keyed, lost, awaited));
      if (existing === undefined && asked === undefined) {
        return false;
      }
      // The waiting request may be the first now, or the failure that it waited for may not apply
      // to it.
      const isOthers = existing?.state === 'failed' && existing.holder !== awaited;
      if (existing === undefined || isOthers) {
        continue;
      }
      assertSame(existing, record);
      if (existing.state === 'at_work') {
        awaited = existing.holder;
        await this.poll(keyed);
        continue;
      }
      const { content } = existing;
      if (content !== null && (await this.replay(outcomeOf(content), keyed))) {
        return true;
      }
      [lost, awaited] = [content ?? undefined, undefined];
    }
  }

  /** The record of a request, or of one that is in progress here. */
  async find(
    query: RecordQuery,
  ): Promise<Pick<RequestRecord, 'requestId' | 'state' | 'content'> | undefined> {
    const isMeant = (first: FirstRequest) =>
      first.owner === query.owner &&
      ('requestId' in query
        ? first.requestId === query.requestId
        : first.keyDigest === query.keyDigest);
    const first = [...this.atWork.values()].find(isMeant);
    return first === undefined
      ? this.records.find(query, Date.now())
      : { requestId: first.requestId, state: 'at_work', content: null };
  }

  /**
   * Replays a stored response.
   *
   * @returns false if it no longer exists
   * @throws GatewayError if it is a fault
   */
  async sendKept(
    content: string,
    context: RequestContext,
    request: Request,
    response: Response,
  ): Promise<boolean> {
    const outcome = outcomeOf(content);
    if (outcome.kind === 'fault') {
      throw outcome.error;
    }
    const opened = await this.open(outcome.content, context);
    if (opened !== undefined) {
      this.sender.send(opened, request, response);
    }
    return opened !== undefined;
  }

  /**
   * Claims once for all concurrent requests. Until the result is known, none of them is the first,
   * and no body is the one that others must match.
   */
  private async ask(
    keyed: KeyedRequest,
    lost: string | undefined,
    awaited: string | undefined,
  ): Promise<RequestRecord | undefined> {
    const { scope } = keyed.record;
    const claiming = this.claim(keyed, lost, awaited).finally(() => {
      this.asked.delete(scope);
    });
    this.asked.set(scope, claiming);
    return claiming;
  }

  /**
   * @returns the record that prevents the claim; undefined for the first request, which is recorded
   * from now on
   */
  private async claim(
    { record, context, response }: KeyedRequest,
    lost: string | undefined,
    awaited: string | undefined,
  ): Promise<RequestRecord | undefined> {
    const { scope, owner, keyDigest, requestId, fingerprint, holder } = record;
    const now = Date.now();
    const leased = { ...record, expiresAt: now + LEASE_MS };
    const { existing, isLocal } = await this.records.claim({ record: leased, now, lost, awaited });
    if (existing !== undefined) {
      return existing;
    }
    if (context.hasLeft) {
      await this.records.end({ scope, holder, ...NOT_KEPT });
      return undefined;
    }
    if (isLocal) {
      response.appendHeader('X-Mapping-Warning', LOCAL_WARNING);
    }
    const first = new FirstRequest(owner, keyDigest, requestId, fingerprint);
    this.atWork.set(scope, first);
    this.firsts.record(first, record, context, response, () => {
      this.atWork.delete(scope);
    });
    return undefined;
  }

  private async waitFor(first: FirstRequest, keyed: KeyedRequest): Promise<FirstOutcome> {
    assertSame(first, keyed.record);
    const { context } = keyed;
    // The response that it waits for may exist only in this process.
    context.holdShutdown();
    const outcome = first.isFull ? undefined : await first.wait(this.leftMs(context), context);
    if (outcome === undefined) {
      throw new GatewayError({ kind: 'idempotency_in_progress' });
    }
    return outcome;
  }

  /** Waits a moment for a request of another process. */
  private async poll(keyed: KeyedRequest): Promise<void> {
    const { context, record } = keyed;
    keyed.slot ??= this.slots.take(record.scope);
    if (keyed.slot === undefined || this.leftMs(context) < POLL_MS) {
      throw new GatewayError({ kind: 'idempotency_in_progress' });
    }
    try {
      await sleep(POLL_MS, undefined, { signal: context.signal });
    } catch {
      context.signal.throwIfAborted();
    }
  }

  /** Waits for memory if necessary, but no longer than any other request. */
  private open(content: string, context: RequestContext): Promise<OpenedResponse | undefined> {
    context.startDeadline(this.config.images.requestDeadlineMs);
    return this.contents.open(content, context);
  }

  private leftMs(context: RequestContext): number {
    return Math.max(0, this.config.images.requestDeadlineMs - context.elapsedMs);
  }

  /** @returns false if there is nothing to send */
  private async replay(
    outcome: FirstOutcome,
    { context, request, response }: KeyedRequest,
  ): Promise<boolean> {
    switch (outcome.kind) {
      case 'nothing':
        return false;
      case 'fault':
        this.sender.markReplayed(response);
        throw outcome.error.options.quotedId === undefined
          ? errorOf(faultContent(outcome.error, outcome.requestId))
          : outcome.error;
      case 'kept':
      case 'shared': {
        const opened =
          outcome.kind === 'shared' ? outcome.opened : await this.open(outcome.content, context);
        if (opened !== undefined) {
          this.sender.markReplayed(response);
          this.sender.send(opened, request, response);
        }
        return opened !== undefined;
      }
    }
  }
}

function assertSame(
  { fingerprint }: Pick<RequestRecord, 'fingerprint'>,
  record: RequestRecord,
): void {
  if (fingerprint !== record.fingerprint) {
    throw new GatewayError({ kind: 'idempotency_key_reused' });
  }
}
