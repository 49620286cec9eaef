import { setTimeout as pause } from 'node:timers/promises';

const lookEveryMs = 20;

/**
 * Looks again and again until a condition holds, for what raises no event.
 *
 * @param what it waits for, for the message
 * @throws Error when it did not come true in time
 */
export async function until(
  what: string,
  isMet: () => boolean | Promise<boolean>,
  patienceMs = 15_000,
): Promise<void> {
  const lastLook = Date.now() + patienceMs;
  while (!(await isMet())) {
    if (Date.now() > lastLook) throw new Error(`Waited in vain until ${what}`);
    await pause(lookEveryMs);
  }
}
