/** One part of the service that must work so that calls can be served. */
export abstract class HealthIndicator {
  /** How the answer and the log name it. */
  abstract readonly part: string;

  /** @throws AppError, whose sentence may be shown to everyone, when the part does not work */
  abstract check(): Promise<void> | void;
}
