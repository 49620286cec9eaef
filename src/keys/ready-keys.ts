import type { KeySelection } from './key-pool.js';
import { KeyRotation } from './key-rotation.js';
import type { PooledKey } from './pooled-key.js';

/** More models than any upstream restricts; beyond it turns still come out right, only slower. */
const mostRotations = 32;

/** The keys that can be acquired, in turn, and for models that some may not be used for those that may. */
export class ReadyKeys {
  private readonly ready = new KeyRotation();
  private readonly deprioritized = new KeyRotation();
  private readonly byModel = new Map<string, KeyRotation>();

  /** How many can be acquired at all. */
  get size(): number {
    return this.ready.size + this.deprioritized.size;
  }

  /** Puts a key where its state belongs. */
  place(key: PooledKey, now: number): void {
    const isReady = key.isReady && !key.isDeprioritized;
    move(key, this.ready, isReady);
    move(key, this.deprioritized, key.isReady && key.isDeprioritized);
    for (const [model, rotation] of this.byModel) {
      move(key, rotation, isReady && !key.isRestricted(model, now));
    }
  }

  /** A key was restricted for a model, or is so no longer. */
  placeForModel(key: PooledKey, model: string, now: number): void {
    const rotation = this.byModel.get(model) ?? this.addRotation(model);
    if (!rotation) return;
    move(key, rotation, key.isReady && !key.isDeprioritized && !key.isRestricted(model, now));
  }

  delete(key: PooledKey): void {
    for (const rotation of [this.ready, this.deprioritized, ...this.byModel.values()]) {
      rotation.delete(key);
    }
  }

  next(call: KeySelection, now: number, evenSuspect: boolean): PooledKey | null {
    return this.rotationFor(call.model).next(call, now, evenSuspect);
  }

  nextDeprioritized(call: KeySelection, now: number, evenSuspect: boolean): PooledKey | null {
    return this.deprioritized.next(call, now, evenSuspect);
  }

  get deprioritizedCount(): number {
    return this.deprioritized.size;
  }

  /** For a conversation whose own keys are all out: the same one each time, while nothing changes. */
  at(number: number, call: KeySelection, now: number, evenSuspect: boolean): PooledKey | null {
    return this.rotationFor(call.model).at(number, call, now, evenSuspect);
  }

  private rotationFor(model: string): KeyRotation {
    return this.byModel.get(model) ?? this.ready;
  }

  private addRotation(model: string): KeyRotation | null {
    if (this.byModel.size >= mostRotations) this.dropSpare();
    if (this.byModel.size >= mostRotations) return null;
    const rotation = new KeyRotation();
    for (const key of this.ready) rotation.add(key);
    this.byModel.set(model, rotation);
    return rotation;
  }

  /** Those that every key is in again. They are kept until then: rate limits come back. */
  private dropSpare(): void {
    for (const [model, rotation] of this.byModel) {
      if (rotation.size === this.ready.size) this.byModel.delete(model);
    }
  }
}

function move(key: PooledKey, rotation: KeyRotation, belongs: boolean): void {
  if (belongs) rotation.add(key);
  else rotation.delete(key);
}
