/** Lets one reader wait for the next change; one that came before it waits is not missed. */
export class Notifier {
  private isDue = false;
  private proceed: (() => void) | null = null;

  notify(): void {
    this.isDue = true;
    this.proceed?.();
  }

  /** @throws the signal's reason when it is aborted before */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.isDue) {
      await new Promise<void>((resolve) => {
        this.proceed = resolve;
        signal.addEventListener('abort', this.proceed, { once: true });
      });
      if (this.proceed) signal.removeEventListener('abort', this.proceed);
      this.proceed = null;
    }
    this.isDue = false;
    signal.throwIfAborted();
  }
}
