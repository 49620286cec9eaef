import { Injectable } from '@nestjs/common';
import { Deadlines } from './deadlines.js';
import { KeyChanges, type ChangeOrigin } from './key-changes.js';
import type { KeySelection } from './key-pool.js';
import { KeyRing, pointOf } from './key-ring.js';
import { endsByItself, type KeyHealth } from './key-state.js';
import type { PooledKey } from './pooled-key.js';
import { ReadyKeys } from './ready-keys.js';

/** When a pause ends, of a key or of a key with one model, by the monotonic clock like all times here. */
interface Deadline {
  key: PooledKey;
  model: string | null;
  at: number;
}

/**
 * All keys with their states, arranged so that choosing one takes no scan: usable keys stand in
 * rotations, a conversation's key is found on a ring, and pauses end by a heap of deadlines.
 */
@Injectable()
export class KeyRegistry {
  private readonly byId = new Map<string, PooledKey>();
  private readonly ready = new ReadyKeys();
  private readonly ring = new KeyRing();
  private readonly deadlines = new Deadlines<Deadline>();
  private isRingStale = false;
  private usable = 0;
  private removalCount = 0;

  constructor(private readonly changes: KeyChanges) {}

  get keys(): Iterable<PooledKey> {
    return this.byId.values();
  }

  get size(): number {
    return this.byId.size;
  }

  /** How many can be acquired, some models and running trials apart. */
  get readyCount(): number {
    return this.ready.size;
  }

  find(id: string): PooledKey | null {
    return this.byId.get(id) ?? null;
  }

  has(key: PooledKey): boolean {
    return this.byId.get(key.id) === key;
  }

  /** Keys that serve now or after a rate limit; with none left, calls are refused. */
  get usableCount(): number {
    return this.usable;
  }

  /** Takes keys in; one whose id is there already takes its place. */
  add(keys: readonly PooledKey[], now: number): void {
    for (const key of keys) {
      this.drop(key.id);
      this.byId.set(key.id, key);
      this.tally(key, 1);
      this.schedule(key);
      this.place(key, now);
    }
    this.isRingStale = true;
    this.changes.emit({ type: 'members' });
  }

  /** How often keys were removed: what was read before the last time may have some of them. */
  get removals(): number {
    return this.removalCount;
  }

  remove(ids: readonly string[]): void {
    this.removalCount += 1;
    for (const id of ids) this.drop(id);
    this.isRingStale = true;
    this.changes.emit({ type: 'members' });
  }

  /** Changes what is to be remembered of a key, as a whole. */
  set(key: PooledKey, health: KeyHealth, now: number, origin: ChangeOrigin): void {
    const from = key.health;
    const isMember = this.has(key);
    if (isMember) this.tally(key, -1);
    key.health = health;
    if (isMember) this.tally(key, 1);
    this.schedule(key);
    this.place(key, now);
    for (const { model } of [...from.models, ...health.models]) {
      this.placeForModel(key, model, now);
    }
    this.changes.emit({ type: 'state', key, from, origin });
  }

  /** Puts a key where its state belongs, after a change that nobody remembers. */
  place(key: PooledKey, now: number): void {
    if (this.has(key)) this.ready.place(key, now);
  }

  /** When the next pause ends; null when there is none. */
  get nextDue(): number | null {
    return this.deadlines.first;
  }

  /** Ends the pauses that are over. @returns whether there were any */
  endPauses(now: number): boolean {
    let hasEnded = false;
    for (let due = this.deadlines.takeDue(now); due; due = this.deadlines.takeDue(now)) {
      const { key, model, at } = due;
      if (!this.has(key)) continue;
      if (model !== null) {
        this.endRestriction(key, model, at, now);
      } else if (key.passedOverUntil === at) {
        this.endPassingOver(key, now);
      } else if (endsByItself(key.state) && key.until === at) {
        // Stored states end by their own time, so nobody has to be told.
        const health = { ...key.health, state: 'active' as const, reason: null, until: null };
        this.set(key, health, now, 'time');
      }
      hasEnded = true;
    }
    return hasEnded;
  }

  /** For so long other keys go first. */
  passOver(key: PooledKey, until: number, now: number): void {
    if (!this.has(key)) return;
    key.passedOverUntil = until;
    this.deadlines.add(until, { key, model: null, at: until });
    this.ready.place(key, now);
  }

  /** The key is in turn again. */
  endPassingOver(key: PooledKey, now: number): void {
    if (key.passedOverUntil === null) return;
    key.passedOverUntil = null;
    this.place(key, now);
  }

  /** @returns null when no key can serve the call now */
  choose(call: KeySelection, now: number): PooledKey | null {
    return this.chooseAmong(call, now, false) ?? this.chooseAmong(call, now, true);
  }

  /** @param evenSuspect whether a key may be chosen on which another one is to be preferred */
  private chooseAmong(call: KeySelection, now: number, evenSuspect: boolean): PooledKey | null {
    if (call.affinity === null) {
      return (
        this.ready.next(call, now, evenSuspect) ??
        this.ready.nextDeprioritized(call, now, evenSuspect)
      );
    }
    const point = pointOf(call.affinity);
    const preferred =
      this.freshRing().find(point, call, now, evenSuspect, false) ??
      this.ready.at(point, call, now, evenSuspect);
    if (preferred || this.ready.deprioritizedCount === 0) return preferred;
    return (
      this.freshRing().find(point, call, now, evenSuspect, true) ??
      this.ready.nextDeprioritized(call, now, evenSuspect)
    );
  }

  private drop(id: string): void {
    const key = this.byId.get(id);
    if (!key) return;
    this.byId.delete(id);
    this.tally(key, -1);
    this.ready.delete(key);
  }

  private tally({ state }: PooledKey, by: number): void {
    if (state === 'active' || state === 'cooling') this.usable += by;
  }

  private endRestriction(key: PooledKey, model: string, at: number, now: number): void {
    const restriction = key.restriction(model);
    if (restriction?.until !== at) return;
    if (restriction.reason === 'rate-limited') key.startSlowly(model);
    this.placeForModel(key, model, now);
  }

  private placeForModel(key: PooledKey, model: string, now: number): void {
    if (this.has(key)) this.ready.placeForModel(key, model, now);
  }

  private freshRing(): KeyRing {
    if (this.isRingStale) this.ring.rebuild(this.byId.values());
    this.isRingStale = false;
    return this.ring;
  }

  private schedule(key: PooledKey): void {
    if (key.until !== null && endsByItself(key.state)) {
      this.deadlines.add(key.until, { key, model: null, at: key.until });
    }
    for (const { model, until } of key.restrictions) {
      this.deadlines.add(until, { key, model, at: until });
    }
  }
}
