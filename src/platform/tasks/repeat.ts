/**
 * Does work every so often, first after that time, and never twice at once: a run that takes longer
 * makes the next ones fall out. It is the one place where timers are made that go off again.
 *
 * @param failed is told what a run failed with; the next one comes at its time
 * @returns what `clearInterval` stops
 */
export function repeat(
  intervalMs: number,
  work: () => unknown,
  failed: (error: unknown) => void,
): NodeJS.Timeout {
  let isRunning = false;
  const run = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    try {
      await work();
    } catch (error) {
      failed(error);
    } finally {
      isRunning = false;
    }
  };
  return setInterval(() => void run(), intervalMs);
}
