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
import { WaitingPlaces } from './waiting-places';

/** How often to look whether a request of another process is over. */
const POLL_MS = 500;

/** A request with an Idempotency-Key. */
interface KeyedRequest {
  readonly context: RequestContext;
  readonly request: Request;
  readonly response: Response;
  readonly record: RequestRecord;
  /** Gives back the place that it waits at. */
  place: (() => void) | undefined;
}

/** A request that is carried out under its key for the first time, or is sent what the first one got. */
@Injectable()
export class IdempotentRequests {
  private readonly atWork = new Map<string, FirstRequest>();
  /** What stands in the way of a request, for all who ask at the same time. */
  private readonly asked = new Map<string, Promise<RequestRecord | undefined>>();
  private readonly places = new WaitingPlaces();

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly records: SharedRecords,
    private readonly contents: KeptContents,
    private readonly sender: KeptResponseSender,
    private readonly firsts: FirstResponses,
  ) {}

  /**
   * Resolves to false for a request that is the first, which is recorded from then on; to true for one that has its
   * response already.
   *
   * @throws GatewayError the fault that the first one got; `idempotency_key_reused`; `idempotency_in_progress`
   * @throws ClientGoneError when the client goes first
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
    const keyed: KeyedRequest = { context, request, response, record, place: undefined };
    try {
      return await this.isSettled(keyed);
    } finally {
      keyed.place?.();
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
      const standing = await (asked ?? this.ask(keyed, lost, awaited));
      if (standing === undefined && asked === undefined) {
        return false;
      }
      // Whoever has asked may be the first now, or has waited for a failure that is nothing to this one.
      const isOthers = standing?.state === 'failed' && standing.holder !== awaited;
      if (standing === undefined || isOthers) {
        continue;
      }
      assertSame(standing, record);
      if (standing.state === 'at_work') {
        awaited = standing.holder;
        await this.poll(keyed);
        continue;
      }
      const { content } = standing;
      if (content !== null && (await this.replay(outcomeOf(content), keyed))) {
        return true;
      }
      [lost, awaited] = [content ?? undefined, undefined];
    }
  }

  /** The record of a request, or that it is at work here. */
  async find(query: RecordQuery): Promise<RequestRecord | 'at_work' | undefined> {
    const isMeant = (first: FirstRequest) =>
      first.owner === query.owner &&
      ('requestId' in query
        ? first.requestId === query.requestId
        : first.keyDigest === query.keyDigest);
    return [...this.atWork.values()].some(isMeant)
      ? 'at_work'
      : this.records.find(query, Date.now());
  }

  /**
   * Sends what is kept.
   *
   * @returns false where it is gone
   * @throws GatewayError where it is a fault
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
   * Asks once for all who ask meanwhile. Until that is known, nobody is the first, and nobody's body is the one that
   * others must have.
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

  /** @returns the record that stands in the way; undefined for the first, which is recorded from now on */
  private async claim(
    { record, context, response }: KeyedRequest,
    lost: string | undefined,
    awaited: string | undefined,
  ): Promise<RequestRecord | undefined> {
    const { scope, owner, keyDigest, requestId, fingerprint, holder } = record;
    const now = Date.now();
    const leased = { ...record, expiresAt: now + LEASE_MS };
    const { standing, isLocal } = await this.records.claim({ record: leased, now, lost, awaited });
    if (standing !== undefined) {
      return standing;
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
    // What it waits for may be nowhere else once the process has ended.
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
    keyed.place ??= this.places.take(record.scope);
    if (keyed.place === undefined || this.leftMs(context) < POLL_MS) {
      throw new GatewayError({ kind: 'idempotency_in_progress' });
    }
    try {
      await sleep(POLL_MS, undefined, { signal: context.signal });
    } catch {
      context.signal.throwIfAborted();
    }
  }

  /** It may have to wait for memory, though not for longer than any request. */
  private open(content: string, context: RequestContext): Promise<OpenedResponse | undefined> {
    context.startDeadline(this.config.images.requestDeadlineMs);
    return this.contents.open(content, context);
  }

  private leftMs(context: RequestContext): number {
    return Math.max(0, this.config.images.requestDeadlineMs - context.elapsedMs);
  }

  /** @returns false where there is nothing to send */
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
