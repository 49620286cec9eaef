/**
 * What takes time and is made once for all who ask. Only those who waited hear of a failure: the next
 * one makes it again.
 */
export class Once<Made> {
  private making: Promise<Made> | null = null;

  constructor(private readonly make: () => Promise<Made>) {}

  get(): Promise<Made> {
    this.making ??= this.make().catch((error: unknown) => {
      this.making = null;
      throw error;
    });
    return this.making;
  }
}
