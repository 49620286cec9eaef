/** The longest that a call waits for Redis. */
export const answerLimitMs = 200;

/** Something took longer than it may. */
export class TooLateError extends Error {
  constructor(limitMs: number) {
    super(`No answer within ${limitMs} ms`);
    this.name = new.target.name;
  }
}

/**
 * Bounds a wait. An answer that has arrived in time counts even if a busy process has not read it yet:
 * timers come before sockets in the event loop, so sockets get one more turn.
 *
 * @throws TooLateError when the work takes longer
 */
export function withTimeout<Value>(limitMs: number, work: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      setImmediate(() => {
        reject(new TooLateError(limitMs));
      });
    }, limitMs);
    void work.then(resolve, reject).finally(() => {
      clearTimeout(limit);
    });
  });
}
