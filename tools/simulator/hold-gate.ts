/** Keeps held calls waiting until the test lets them go. */
export class HoldGate {
  private waiting: (() => void)[] = [];

  hold(resume: () => void): void {
    this.waiting.push(resume);
  }

  release(): void {
    const released = this.waiting;
    this.waiting = [];
    for (const resume of released) resume();
  }
}
