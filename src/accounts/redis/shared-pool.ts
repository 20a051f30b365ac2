import { randomUUID } from 'node:crypto';
import type { RedisConnection } from '../../redis/redis-connection';
import { probing } from '../account-health';
import { writeHealth } from '../health-record';
import type { PoolMember } from '../pool-member';
import { LocalLeases } from './local-leases';
import { readMessage, readScriptResult, type SyncReply } from './pool-reply';
import { CHECK_COUNTS_MS, MEMORY_SECONDS, FREED_LEASE_TURN_MS } from './pool-scripts';
import {
  RedisSession,
  type SharingLog,
  type SharingStatus,
  type SyncOutcome,
} from './redis-session';
import { RemoteLeaseCounts } from './remote-lease-counts';
import {
  healthField,
  SharedHealth,
  type HealthTransition,
  type RecordWriter,
} from './shared-health';

/** A slot of an account that is about to be used for one call. */
export interface PendingLease {
  readonly member: PoolMember;
  /** The model to call. */
  readonly model: string;
  /** The request that it is for. Slots are shared fairly between requests. */
  readonly request: object;
  /** Probes an account that is out of quota. */
  readonly isProbe: boolean;
  /**
   * The name of its entry in Redis, while there is one. Not in a map of its own: see decision 28.
   */
  leaseName?: string | undefined;
}

export type AcquireResult =
  | { readonly granted: true }
  /** Refused; the member's state now shows why. */
  | {
      readonly granted: false;
      /** When to try again, in epoch milliseconds, if it is only not its turn yet. */
      readonly notBefore?: number;
    };

/** This process's pool, as far as other replicas can change it. */
export interface PoolMirror {
  readonly find: (email: string) => PoolMember | undefined;
  readonly members: () => readonly PoolMember[];
  /** Another replica has taken a lease on the account (1), or returned one (-1). */
  readonly onRemoteLease: (member: PoolMember, change: number) => void;
  /** A change that a request may be waiting for. */
  readonly onChange: () => void;
}

const NO_POOL: PoolMirror = {
  find: () => undefined,
  members: () => [],
  onRemoteLease: () => undefined,
  onChange: () => undefined,
};

/**
 * The state that all replicas share in Redis: leases, turns, and the accounts' health. Each replica
 * selects on its own mirror, and Redis decides. While Redis is away each replica continues on its
 * own; afterwards it contributes what it has seen.
 */
export class SharedPool {
  private readonly session: RedisSession;
  private readonly leases = new LocalLeases();
  private readonly remoteCounts = new RemoteLeaseCounts();
  private readonly healths = new WeakMap<PoolMember, SharedHealth>();
  private mirror = NO_POOL;

  /** @param leaseMs how long a lease lasts unless it is renewed */
  constructor(
    connection: RedisConnection,
    log: SharingLog,
    private readonly leaseMs: number,
  ) {
    this.session = new RedisSession(
      connection,
      {
        localState: () => [
          this.leases.replica,
          randomUUID(),
          this.leaseMs,
          MEMORY_SECONDS,
          ...this.leases.lists(),
        ],
        onSynced: (reply, outcome) => {
          this.onSynced(reply, outcome);
        },
        onDisconnect: () => {
          this.onDisconnect();
        },
        onMessage: (message) => {
          this.onMessage(message);
        },
      },
      log,
      leaseMs,
    );
  }

  get status(): SharingStatus {
    return this.session.status;
  }

  /** Resolves once this replica has joined the others, or once joining is known to take longer. */
  join(mirror: PoolMirror): Promise<void> {
    this.mirror = mirror;
    return this.session.start();
  }

  close(): Promise<void> {
    return this.session.close();
  }

  /** Confirms a lease with the other replicas. Never rejects: no image fails because Redis is away. */
  async acquire(pending: PendingLease): Promise<AcquireResult> {
    const { member, model, request, isProbe } = pending;
    const { email, maxConcurrency } = member.account;
    const lease = this.leases.request(email);
    const health = this.healthOf(member);
    const known = health.version;
    const probed = isProbe ? probing(health.current, model, Date.now()) : undefined;
    const reply = await this.session.run('acquire', [
      this.leases.replica,
      lease,
      email,
      maxConcurrency,
      health.field,
      known,
      this.leases.waiterName(request) ?? '',
      probed === undefined ? '' : writeHealth(probed),
      this.leaseMs,
      FREED_LEASE_TURN_MS,
    ]);
    const result = readScriptResult(reply);
    if (result === undefined || result.kind === 'done') {
      // No result means that Redis is away: the slot is free as far as this replica knows.
      this.leases.hold(lease);
      pending.leaseName = lease;
      if (result !== undefined && probed !== undefined) {
        health.adopt({ version: result.version, health: probed });
      }
      return { granted: true };
    }
    this.leases.cancel(lease);
    const notYet = { granted: false, notBefore: Date.now() + FREED_LEASE_TURN_MS } as const;
    switch (result.kind) {
      case 'stale':
        if (health.resolveStale(known, result.record)) {
          return { granted: false };
        }
        // Redis may have lost the other entries as well.
        this.session.sync();
        return notYet;
      case 'full':
        this.remoteCounts.setCount(email, result.remoteCount, result.sequence);
        this.showRemoteCount(member);
        // If the counts do not explain the refusal, a message that does is on its way.
        return member.inFlight > maxConcurrency ? { granted: false } : notYet;
      case 'turn':
        return notYet;
    }
  }

  release(pending: PendingLease): void {
    const { leaseName } = pending;
    if (leaseName !== undefined) {
      pending.leaseName = undefined;
      this.leases.release(leaseName);
      void this.session.run('release', [leaseName]);
    }
  }

  /** This process has changed a member's health, by this transition. */
  changed(member: PoolMember, transition: HealthTransition): void {
    const health = this.healthOf(member);
    if (this.status.isJoined) {
      health.add(transition);
    } else {
      health.changedOffline();
    }
  }

  /** Whether this replica must check the member's credential; if unknown, each replica does. */
  async claimCheck(member: PoolMember): Promise<boolean> {
    const { field } = this.healthOf(member);
    return (await this.session.run('claim-check', [field, CHECK_COUNTS_MS])) !== 0;
  }

  /**
   * Called when a request begins to wait: from now on it takes its turn among those of all
   * replicas.
   */
  waits(request: object, consumer: string): void {
    const waiter = this.leases.startWaiting(request, consumer);
    if (waiter !== undefined) {
      void this.session.run('start-waiting', [waiter]);
    }
  }

  leaves(request: object): void {
    const waiter = this.leases.stopWaiting(request);
    if (waiter !== undefined) {
      void this.session.run('stop-waiting', [waiter]);
    }
  }

  /** Called when the accounts were replaced: a sync fetches the state of the new ones. */
  reloaded(): void {
    this.session.sync();
  }

  /** The member's health; a new record as soon as its credential is new. */
  private healthOf(member: PoolMember): SharedHealth {
    const known = this.healths.get(member);
    if (known?.field === healthField(member)) {
      return known;
    }
    if (known !== undefined) {
      // If the former credential returns, it starts healthy.
      void this.session.run('forget-health', [known.field]);
    }
    const health = new SharedHealth(member, this.writeRecord);
    this.healths.set(member, health);
    return health;
  }

  private readonly writeRecord: RecordWriter = async (...record) =>
    readScriptResult(await this.session.run('write-health', record));

  private onSynced(reply: SyncReply, { isRejoin, isSameStore }: SyncOutcome): void {
    if (!isSameStore) {
      // Another store counts from zero.
      this.remoteCounts.clear();
    }
    this.remoteCounts.setAll(reply.remoteCounts, reply.sequence);
    for (const member of this.mirror.members()) {
      const health = this.healthOf(member);
      const record = reply.health.get(health.field);
      this.showRemoteCount(member);
      if (isRejoin) {
        health.rejoin(record, isSameStore);
      } else {
        health.adopt(record);
      }
    }
    this.mirror.onChange();
  }

  private onDisconnect(): void {
    // The leases of other replicas are unknown now, so each replica counts only its own.
    this.remoteCounts.clear();
    for (const member of this.mirror.members()) {
      this.healthOf(member).disconnect();
      this.showRemoteCount(member);
    }
    this.mirror.onChange();
  }

  private onMessage(text: string): void {
    const message = readMessage(text);
    if (message === undefined || !this.status.isJoined) {
      return;
    }
    if (message.kind === 'health') {
      const { field, record } = message;
      const member = this.mirror.find(field.slice(field.indexOf(' ') + 1));
      const health = member === undefined ? undefined : this.healthOf(member);
      if (health?.field === field && health.adopt(record)) {
        this.mirror.onChange();
      }
    } else if (message.replica !== this.leases.replica) {
      this.remoteCounts.onChange(message);
      const member = this.mirror.find(message.email);
      if (member !== undefined) {
        this.showRemoteCount(member);
        this.mirror.onRemoteLease(member, message.change);
      }
    }
  }

  private showRemoteCount(member: PoolMember): void {
    member.remoteInFlight = this.remoteCounts.of(member.account.email);
  }
}
