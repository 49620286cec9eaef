import { performance } from 'node:perf_hooks';
// Imported, so that a test's fake timers do not stop the upstream.
import { clearInterval, setInterval } from 'node:timers';

const tickMs = 5;

/** One ticking timer for all paced calls: a thousand streams cost one wake-up a tick, not a thousand. */
export class TickWheel {
  private readonly slots = new Map<number, (() => void)[]>();
  private timer: NodeJS.Timeout | null = null;
  private lastTick = 0;

  /** Milliseconds on the wheel's own clock. */
  now(): number {
    return performance.now();
  }

  /** Calls back at that time or up to a tick later, never earlier. */
  at(timeMs: number, callback: () => void): void {
    this.start();
    const tick = Math.max(Math.ceil(timeMs / tickMs), this.lastTick + 1);
    const slot = this.slots.get(tick);
    if (slot === undefined) this.slots.set(tick, [callback]);
    else slot.push(callback);
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.slots.clear();
  }

  private start(): void {
    if (this.timer !== null) return;
    this.lastTick = Math.floor(this.now() / tickMs);
    this.timer = setInterval(() => {
      this.turn();
    }, tickMs);
  }

  private turn(): void {
    const currentTick = Math.floor(this.now() / tickMs);
    while (this.lastTick < currentTick) {
      this.lastTick += 1;
      const slot = this.slots.get(this.lastTick);
      if (slot === undefined) continue;
      this.slots.delete(this.lastTick);
      for (const callback of slot) callback();
    }
    if (this.slots.size === 0) this.stop();
  }
}
