/** Things by the time at which they are due, the earliest first: a binary heap. */
export class Deadlines<Thing> {
  private readonly heap: { at: number; thing: Thing }[] = [];

  /** The earliest time; null when there is none. */
  get first(): number | null {
    return this.heap[0]?.at ?? null;
  }

  add(at: number, thing: Thing): void {
    let place = this.heap.push({ at, thing }) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.at(parent) <= at) break;
      this.swap(place, parent);
      place = parent;
    }
  }

  /** Takes out the earliest one that is due by now; null when none is. */
  takeDue(now: number): Thing | null {
    const [first] = this.heap;
    if (!first || first.at > now) return null;
    const last = this.heap.pop();
    if (last && this.heap.length > 0) {
      this.heap[0] = last;
      this.sink();
    }
    return first.thing;
  }

  private sink(): void {
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const child = this.at(left + 1) < this.at(left) ? left + 1 : left;
      if (this.at(child) >= this.at(place)) return;
      this.swap(place, child);
      place = child;
    }
  }

  private at(place: number): number {
    return this.heap[place]?.at ?? Number.POSITIVE_INFINITY;
  }

  private swap(one: number, other: number): void {
    const [a, b] = [this.heap[one], this.heap[other]];
    if (!a || !b) return;
    this.heap[one] = b;
    this.heap[other] = a;
  }
}
