/** One part of the service that calls depend on. */
export abstract class HealthIndicator {
  /** How the answer and the log name it. */
  abstract readonly part: string;
  /** Whether calls cannot be served while it is down; otherwise it is only reported. */
  readonly isRequired: boolean = true;

  /** Whether this service has the part at all. */
  get isUsed(): boolean {
    return true;
  }

  /** @throws AppError, whose sentence may be shown to everyone, when the part does not work */
  abstract check(): Promise<void> | void;
}
