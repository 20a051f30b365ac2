import { randomUUID } from 'node:crypto';
import { probing } from '../account-health';
import { writeHealth } from '../health-record';
import type { PoolMember } from '../pool-member';
import { HealthExchange } from './health-exchange';
import { OwnPlaces } from './own-places';
import { PlacesElsewhere } from './places-elsewhere';
import { readNews, readVerdict, type SyncReply } from './pool-reply';
import { ACQUIRE, LEAVE, RELEASE, TURN_MS, WAIT } from './pool-script';
import { RedisSession, type Meeting, type SharingLog, type SharingStatus } from './redis-session';
import type { HealthTransition } from './shared-health';

/** A place on an account, about to be used for one call. */
export interface Place {
  readonly member: PoolMember;
  /** The request that it is for: places are shared out fairly between requests. */
  readonly party: object;
  /** Asks an account that is out of quota whether it still is. */
  readonly isProbe: boolean;
}

export type Verdict =
  | { readonly granted: true }
  /** Not granted; what the account is like is in the member now. */
  | {
      readonly granted: false;
      /** When to try again, in epoch milliseconds, where it is merely not one's turn. */
      readonly notBefore?: number;
    };

/** The pool of this process, as far as other replicas change it. */
export interface PoolMirror {
  readonly find: (email: string) => PoolMember | undefined;
  readonly members: () => readonly PoolMember[];
  /** Another replica has taken a place on the account (1), or given one back (-1). */
  readonly changedElsewhere: (member: PoolMember, change: number) => void;
  /** Something has changed that somebody may have waited for. */
  readonly changed: () => void;
}

const NO_POOL: PoolMirror = {
  find: () => undefined,
  members: () => [],
  changedElsewhere: () => undefined,
  changed: () => undefined,
};

/**
 * What all replicas know together, in Redis: which places are taken, whose turn it is, and how the
 * accounts fare. The choice itself is made here, on a mirror; Redis has the last word on it. While
 * Redis is away each replica goes on by itself, and brings what it has learnt when they meet again.
 */
export class SharedPool {
  private readonly session: RedisSession;
  private readonly own = new OwnPlaces();
  private readonly health: HealthExchange;
  private mirror = NO_POOL;
  private readonly elsewhere = new PlacesElsewhere();

  constructor(url: string, log: SharingLog) {
    this.session = new RedisSession(
      url,
      {
        ownState: () => [this.own.replica, randomUUID(), ...this.own.lists()],
        synced: (reply, meeting) => {
          this.synced(reply, meeting);
        },
        parted: () => {
          this.parted();
        },
        heard: (message) => {
          this.heard(message);
        },
      },
      log,
    );
    this.health = new HealthExchange((script, args) => this.session.tell(script, args));
  }

  get status(): SharingStatus {
    return this.session.status;
  }

  /** Resolves once the replicas have met, or it is clear that it will take time. */
  join(mirror: PoolMirror): Promise<void> {
    this.mirror = mirror;
    return this.session.start();
  }

  close(): Promise<void> {
    return this.session.close();
  }

  /** Takes a place for good. Never rejects: no image fails because Redis is away. */
  async acquire(place: Place): Promise<Verdict> {
    const { member } = place;
    const lease = this.own.ask(member.account.email);
    const health = this.health.of(member);
    const known = health.version;
    const probed = place.isProbe ? probing(health.current, Date.now()) : undefined;
    const answer = await this.session.tell(ACQUIRE, [
      this.own.replica,
      lease,
      member.account.email,
      member.account.maxConcurrency,
      health.field,
      known,
      this.own.nameOf(place.party) ?? '',
      probed === undefined ? '' : writeHealth(probed),
    ]);
    const verdict = readVerdict(answer);
    switch (verdict?.kind) {
      case 'stale':
        this.own.forgo(lease);
        // News of it may have come first, and then there is nothing more to adopt.
        if (!this.health.adopt(member, verdict.record) && health.version <= known) {
          // What was on record is gone: Redis has lost its memory, or somebody has left that
          // credential behind. It is told again, and then asked again.
          this.health.rejoin(member, verdict.record, false);
          this.session.sync();
          return { granted: false, notBefore: Date.now() + TURN_MS };
        }
        return { granted: false };
      case 'full':
        this.own.forgo(lease);
        this.elsewhere.counted(member.account.email, verdict.elsewhere, verdict.sequence);
        this.show(member);
        // Where that does not explain it, something is on its way that will.
        return member.inFlight > member.account.maxConcurrency
          ? { granted: false }
          : { granted: false, notBefore: Date.now() + TURN_MS };
      case 'turn':
        this.own.forgo(lease);
        return { granted: false, notBefore: Date.now() + TURN_MS };
      case 'done':
        if (probed !== undefined) {
          this.health.adopt(member, { version: verdict.version, health: probed });
        }
        break;
      case undefined:
        // The replicas are apart: the place is free here, and that has to do.
        break;
    }
    this.own.take(place, lease);
    return { granted: true };
  }

  release(place: Place): void {
    const lease = this.own.release(place);
    if (lease !== undefined) {
      void this.session.tell(RELEASE, [lease]);
    }
  }

  /** This process has changed a member's health, by this transition. */
  changed(member: PoolMember, transition: HealthTransition): void {
    this.health.changed(member, transition, this.status.isJoined);
  }

  /** A request begins to wait for places: from now on it has its turn among all that do. */
  waits(party: object): void {
    const name = this.own.wait(party);
    if (name !== undefined) {
      void this.session.tell(WAIT, [name]);
    }
  }

  leaves(party: object): void {
    const name = this.own.leave(party);
    if (name !== undefined) {
      void this.session.tell(LEAVE, [name]);
    }
  }

  /** Other accounts are in force: what is known of them is asked for. */
  reloaded(): void {
    this.session.sync();
  }

  private synced(reply: SyncReply, { isReunion, isSameStore }: Meeting): void {
    if (!isSameStore) {
      // Another store counts its news from the beginning.
      this.elsewhere.forget();
    }
    this.elsewhere.countedAll(reply.elsewhere, reply.sequence);
    for (const member of this.mirror.members()) {
      const record = reply.health.get(this.health.of(member).field);
      this.show(member);
      if (isReunion) {
        this.health.rejoin(member, record, isSameStore);
      } else {
        this.health.adopt(member, record);
      }
    }
    this.mirror.changed();
  }

  private parted(): void {
    // Who holds what elsewhere cannot be known: each goes on with its own.
    this.elsewhere.forget();
    for (const member of this.mirror.members()) {
      this.health.of(member).part();
      this.show(member);
    }
    this.mirror.changed();
  }

  private heard(message: string): void {
    const news = readNews(message);
    if (news === undefined || !this.status.isJoined) {
      return;
    }
    if (news.kind === 'health') {
      if (this.health.heard(this.mirror.find, news.field, news.record)) {
        this.mirror.changed();
      }
    } else if (news.replica !== this.own.replica) {
      this.elsewhere.heard(news);
      const member = this.mirror.find(news.email);
      if (member !== undefined) {
        this.show(member);
        this.mirror.changedElsewhere(member, news.change);
      }
    }
  }

  private show(member: PoolMember): void {
    member.elsewhere = this.elsewhere.of(member.account.email);
  }
}
