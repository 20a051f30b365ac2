import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Request } from 'express';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import type { RequestContext } from '../context/request-context';
import { bodyFingerprint, isShortBody } from '../http/bodies/body-content';
import { MemoryBudget } from '../memory/memory-budget';
import { AbandonedRequest, type RenderAgain } from './abandoned-request';
import { clientIdentity, isSameClient, type ClientIdentity } from './client-identity';
import { OngoingImage } from './ongoing-image';
import { requestFingerprint } from './request-fingerprint';

/** A request whose images are kept if its client disconnects. */
interface WatchedRequest {
  readonly request: Request;
  readonly address: string | undefined;
  readonly images: Map<number, OngoingImage>;
  renderAgain: RenderAgain | undefined;
  /** The images it has adopted. */
  adopted: ReadonlyMap<number, OngoingImage> | undefined;
  /** The request they come from, until it is given up, or another request has to do so. */
  inherited: AbandonedRequest | undefined;
}

interface KeptRequest {
  readonly identity: ClientIdentity;
  readonly abandoned: AbandonedRequest;
  /** By `Date.now()`. */
  readonly keptUntil: number;
  readonly timer: NodeJS.Timeout;
}

/**
 * The images of clients that have disconnected: those that are being paid for are finished and kept
 * for a while, and a retry of the same client adopts them. SDKs number their retries; a request
 * without that number is a new one, whose client wants another image.
 */
@Injectable()
export class AbandonedImages implements OnModuleDestroy {
  private readonly watched = new WeakMap<RequestContext, WatchedRequest>();
  /** Oldest first. */
  private readonly kept = new Set<KeptRequest>();
  private handedOver = 0;
  private readonly stopReclaiming: () => void;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    budget: MemoryBudget,
  ) {
    // Live requests take precedence.
    this.stopReclaiming = budget.onShortage(() => this.giveUpOldest());
  }

  /** How many images were adopted by retries, since the start. */
  get adoptedImages(): number {
    return this.handedOver;
  }

  onModuleDestroy(): void {
    this.stopReclaiming();
  }

  /**
   * Called for a request whose images would be kept. This is all that it costs a request whose
   * client stays.
   */
  watch(context: RequestContext, request: Request): void {
    if (this.config.idempotency.abandonedTtlSeconds === 0) {
      return;
    }
    const watched: WatchedRequest = {
      request,
      address: context.clientAddress,
      images: new Map(),
      renderAgain: undefined,
      adopted: undefined,
      inherited: undefined,
    };
    this.watched.set(context, watched);
    context.onLeft(() => {
      if (context.isSent) {
        // An idle connection references its last response, and through it this context, which must
        // not keep the images alive.
        this.watched.delete(context);
      } else if (context.recorder === undefined) {
        this.abandon(context, watched);
      }
    });
  }

  /** An image that the request is about to ask for. */
  image<T>(context: RequestContext, index: number): OngoingImage<T> {
    const image = new OngoingImage<T>();
    this.watched.get(context)?.images.set(index, image);
    return image;
  }

  /** Sets how the response of a request is rendered from its images. */
  renderBy(context: RequestContext, renderAgain: RenderAgain): void {
    const watched = this.watched.get(context);
    if (watched !== undefined) {
      watched.renderAgain = renderAgain;
    }
  }

  /**
   * Adopts the images of an abandoned request of the same client with the same body, if there is
   * one; each is handed out once.
   *
   * @returns how many images
   */
  async adopt(context: RequestContext, request: Request): Promise<number> {
    const watched = this.watched.get(context);
    const identity = clientIdentity(context, request);
    if (watched === undefined || !this.hasAnyOf(identity)) {
      return 0;
    }
    const fingerprint = await this.fingerprint(context, request);
    for (const kept of [...this.kept]) {
      if (fingerprint !== undefined && isSameClient(kept.identity, identity)) {
        const isSame = (await kept.abandoned.fingerprint) === fingerprint;
        // Meanwhile another request may have adopted it, or this client may have disconnected.
        if (isSame && this.kept.has(kept) && !context.hasLeft) {
          return this.handOver(kept, watched, context);
        }
      }
    }
    return 0;
  }

  /** The images that a request has adopted, by index. */
  adoptedBy<T>(context: RequestContext): ReadonlyMap<number, OngoingImage<T>> {
    return (this.watched.get(context)?.adopted ?? new Map()) as ReadonlyMap<
      number,
      OngoingImage<T>
    >;
  }

  /** The abandoned request with that id, if it belongs to this owner. */
  find(owner: string, requestId: string): AbandonedRequest | undefined {
    return [...this.kept].find(
      ({ identity, abandoned }) => identity.owner === owner && abandoned.requestId === requestId,
    )?.abandoned;
  }

  private abandon(context: RequestContext, watched: WatchedRequest): void {
    const { request, address, renderAgain, inherited } = watched;
    const images = new Map(
      [...watched.images].filter(([, image]) => image.isBegun || image.value !== undefined),
    );
    if (images.size === 0) {
      return;
    }
    // From now on it is given up together with this request's own images.
    watched.inherited = undefined;
    const { presentedKey } = context;
    const identity = clientIdentity({ presentedKey, clientAddress: address }, request);
    const fingerprint = this.fingerprint(context, request);
    const onOver = ({ made }: AbandonedRequest): void => {
      // Images that are finished from the beginning were made.
      if (made.length === 0) {
        this.giveUp(kept);
      }
    };
    const parts = { context, images, fingerprint, renderAgain, inherited, onOver };
    const { abandonedTtlSeconds } = this.config.idempotency;
    const kept = this.keep({
      identity,
      abandoned: new AbandonedRequest(parts),
      keptUntil: Date.now() + abandonedTtlSeconds * 1000,
    });
    context.log.info(
      { images: images.size },
      `${images.size} image(s) are finished without their client`,
    );
    this.keepWithinLimit();
  }

  private keep(what: Omit<KeptRequest, 'timer'>): KeptRequest {
    const timer = setTimeout(() => {
      this.giveUp(kept);
    }, what.keptUntil - Date.now()).unref();
    const kept: KeptRequest = { ...what, timer };
    this.kept.add(kept);
    return kept;
  }

  /** Requested while the request exists, and computed when there is time. */
  private async fingerprint(
    context: RequestContext,
    request: Request,
  ): Promise<string | undefined> {
    const body = isShortBody(request) ? await bodyFingerprint(request) : undefined;
    return body && requestFingerprint(body, context);
  }

  private handOver(kept: KeptRequest, watched: WatchedRequest, context: RequestContext): number {
    this.kept.delete(kept);
    clearTimeout(kept.timer);
    const { abandoned } = kept;
    const { adoptable } = abandoned;
    watched.adopted = adoptable;
    watched.inherited = abandoned;
    for (const [index, image] of adoptable) {
      watched.images.set(index, image);
    }
    context.onLeft(() => {
      if (context.isSent && context.outcome.fault === undefined) {
        this.handedOver += [...adoptable.values()].filter(
          ({ value }) => value !== undefined,
        ).length;
      } else if (context.isSent) {
        // The client got an error instead of them, and may retry.
        watched.inherited = undefined;
        this.keep(kept);
        this.keepWithinLimit();
      }
    });
    context.onClosed(() => {
      watched.inherited?.giveUp();
    });
    context.log.info(
      { images: adoptable.size, from: abandoned.requestId },
      'images of an earlier attempt are adopted',
    );
    return adoptable.size;
  }

  private hasAnyOf(identity: ClientIdentity): boolean {
    return [...this.kept].some((kept) => isSameClient(kept.identity, identity));
  }

  private keepWithinLimit(): void {
    const { maxAbandonedImages } = this.config.idempotency;
    const count = () =>
      [...this.kept].reduce((sum, { abandoned }) => sum + abandoned.images.size, 0);
    while (count() > maxAbandonedImages) {
      const [oldest] = this.kept;
      if (oldest === undefined) {
        return;
      }
      // If a request has more images than fit, the others are paid for as well.
      if (oldest.abandoned.images.size > 1) {
        oldest.abandoned.giveUpOne();
      } else {
        this.giveUp(oldest);
      }
    }
  }

  /** Returns whether there was one. */
  private giveUpOldest(): boolean {
    const [oldest] = this.kept;
    if (oldest !== undefined) {
      this.giveUp(oldest);
    }
    return oldest !== undefined;
  }

  private giveUp(kept: KeptRequest): void {
    this.kept.delete(kept);
    clearTimeout(kept.timer);
    kept.abandoned.giveUp();
  }
}
