import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Request } from 'express';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import type { RequestContext } from '../context/request-context';
import { bodyFingerprint, isShortBody } from '../http/bodies/body-content';
import { MemoryBudget } from '../memory/memory-budget';
import { AbandonedRequest, type RenderAgain } from './abandoned-request';
import { clientIdentity, type ClientIdentity } from './client-identity';
import { OngoingImage } from './ongoing-image';

/** A request whose images are kept if its client goes. */
interface WatchedRequest {
  readonly request: Request;
  readonly address: string | undefined;
  readonly images: Map<number, OngoingImage>;
  renderAgain: RenderAgain | undefined;
  adopted: AbandonedRequest | undefined;
}

interface KeptRequest {
  readonly identity: ClientIdentity;
  readonly abandoned: AbandonedRequest;
  readonly timer: NodeJS.Timeout;
}

/**
 * The images of clients that have gone: what was paid for is finished and kept for a while, and the retry of the same
 * client takes it over. SDKs number their retries; a request without that number is a new one, whose client wants
 * another image.
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
    // Live requests come first.
    this.stopReclaiming = budget.onShortage(() => this.giveUpOldest());
  }

  /** How many images were handed over to retries, since the start. */
  get adoptedImages(): number {
    return this.handedOver;
  }

  onModuleDestroy(): void {
    this.stopReclaiming();
  }

  /** Called for a request whose images would be kept: all that it costs one whose client stays. */
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
    };
    this.watched.set(context, watched);
    context.onLeft(() => {
      if (!context.isSent && context.recorder === undefined) {
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

  /** Notes how the response of a request is made of its images. */
  renderBy(context: RequestContext, renderAgain: RenderAgain): void {
    const watched = this.watched.get(context);
    if (watched !== undefined) {
      watched.renderAgain = renderAgain;
    }
  }

  /**
   * Takes over what an abandoned request of the same client and with the same body has, if there is one; each is
   * given out once.
   *
   * @returns how many images
   */
  async adopt(context: RequestContext, request: Request): Promise<number> {
    const watched = this.watched.get(context);
    const identity = clientIdentity(context, request);
    if (watched === undefined || !this.hasAnyOf(identity)) {
      return 0;
    }
    const fingerprint = await this.fingerprint(request);
    for (const kept of [...this.kept]) {
      if (fingerprint === undefined || context.hasLeft || !isSame(kept.identity, identity)) {
        continue;
      }
      // The set may have changed meanwhile.
      if ((await kept.abandoned.fingerprint) === fingerprint && this.kept.has(kept)) {
        return this.handOver(kept, watched, context);
      }
    }
    return 0;
  }

  /** Those that a request has taken over, by their place. */
  adoptedBy<T>(context: RequestContext): ReadonlyMap<number, OngoingImage<T>> {
    return (this.watched.get(context)?.adopted?.images ?? new Map()) as ReadonlyMap<
      number,
      OngoingImage<T>
    >;
  }

  /** The abandoned request of that id, if it is this owner's. */
  find(owner: string, requestId: string): AbandonedRequest | undefined {
    return [...this.kept].find(
      ({ identity, abandoned }) => identity.owner === owner && abandoned.context.id === requestId,
    )?.abandoned;
  }

  private abandon(context: RequestContext, { request, address, images, ...rest }: WatchedRequest) {
    const paidFor = new Map(
      [...images].filter(([, image]) => image.isBegun || image.value !== undefined),
    );
    if (paidFor.size === 0) {
      return;
    }
    const { presentedKey } = context;
    const identity = clientIdentity({ presentedKey, clientAddress: address }, request);
    const abandoned = new AbandonedRequest(
      context,
      paidFor,
      this.fingerprint(request),
      rest.renderAgain,
      rest.adopted,
      ({ made }) => {
        // What is over from the beginning was made.
        if (made.length === 0) {
          this.giveUp(kept);
        }
      },
    );
    const { abandonedTtlSeconds } = this.config.idempotency;
    const timer = setTimeout(() => {
      this.giveUp(kept);
    }, abandonedTtlSeconds * 1000).unref();
    const kept: KeptRequest = { identity, abandoned, timer };
    this.kept.add(kept);
    context.log.info(
      { images: paidFor.size },
      `${paidFor.size} image(s) go on without their client`,
    );
    this.keepWithinLimit();
  }

  /** Asked for while the request is there, and read when there is time. */
  private async fingerprint(request: Request): Promise<string | undefined> {
    if (!isShortBody(request)) {
      return undefined;
    }
    const body = await bodyFingerprint(request);
    const pin = request.headers['x-account-email'] ?? '';
    return body === undefined ? undefined : `${body} ${String(pin)}`;
  }

  private handOver(kept: KeptRequest, watched: WatchedRequest, context: RequestContext): number {
    this.kept.delete(kept);
    clearTimeout(kept.timer);
    const { abandoned } = kept;
    watched.adopted = abandoned;
    for (const [index, image] of abandoned.images) {
      watched.images.set(index, image);
    }
    context.onClosed(() => {
      // Where this client has gone as well, what it had taken over is kept with the rest.
      if (![...this.kept].some((other) => other.abandoned.context === context)) {
        abandoned.giveUp();
      }
    });
    this.handedOver += abandoned.images.size;
    context.log.info(
      { images: abandoned.images.size, from: abandoned.context.id },
      'images of an earlier try are taken over',
    );
    return abandoned.images.size;
  }

  private hasAnyOf(identity: ClientIdentity): boolean {
    return [...this.kept].some((kept) => isSame(kept.identity, identity));
  }

  private keepWithinLimit(): void {
    const { maxAbandonedImages } = this.config.idempotency;
    const count = () =>
      [...this.kept].reduce((sum, { abandoned }) => sum + abandoned.images.size, 0);
    while (this.kept.size > 0 && count() > maxAbandonedImages) {
      this.giveUpOldest();
    }
  }

  /** Whether there was one. */
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

function isSame(a: ClientIdentity, b: ClientIdentity): boolean {
  return (
    a.owner === b.owner &&
    a.route === b.route &&
    a.address === b.address &&
    a.userAgent === b.userAgent
  );
}
