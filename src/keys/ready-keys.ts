import type { KeySelection } from './key-pool.js';
import { KeyRotation } from './key-rotation.js';
import type { PooledKey } from './pooled-key.js';

/** More models than any upstream restricts; beyond it turns still come out right, only slower. */
const mostRotations = 32;

/** The keys that can be lent, in turn, and for models that some may not be used for those that may. */
export class ReadyKeys {
  private readonly ready = new KeyRotation();
  private readonly chosenLast = new KeyRotation();
  private readonly byModel = new Map<string, KeyRotation>();

  /** How many can be lent at all. */
  get size(): number {
    return this.ready.size + this.chosenLast.size;
  }

  /** Puts a key where its state belongs. */
  place(key: PooledKey, now: number): void {
    const isReady = key.isReady && !key.isChosenLast;
    move(key, this.ready, isReady);
    move(key, this.chosenLast, key.isReady && key.isChosenLast);
    for (const [model, rotation] of this.byModel) {
      move(key, rotation, isReady && !key.isRestricted(model, now));
    }
  }

  /** A key was restricted for a model, or is so no longer. */
  placeForModel(key: PooledKey, model: string, now: number): void {
    const rotation = this.byModel.get(model) ?? this.addRotation(model);
    if (!rotation) return;
    move(key, rotation, key.isReady && !key.isChosenLast && !key.isRestricted(model, now));
  }

  delete(key: PooledKey): void {
    for (const rotation of [this.ready, this.chosenLast, ...this.byModel.values()]) {
      rotation.delete(key);
    }
  }

  next(call: KeySelection, now: number, evenDoubtful: boolean): PooledKey | null {
    return this.rotationFor(call.model).next(call, now, evenDoubtful);
  }

  nextLast(call: KeySelection, now: number, evenDoubtful: boolean): PooledKey | null {
    return this.chosenLast.next(call, now, evenDoubtful);
  }

  get lastCount(): number {
    return this.chosenLast.size;
  }

  /** For a conversation whose own keys are all out: the same one each time, while nothing changes. */
  at(number: number, call: KeySelection, now: number, evenDoubtful: boolean): PooledKey | null {
    return this.rotationFor(call.model).at(number, call, now, evenDoubtful);
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
