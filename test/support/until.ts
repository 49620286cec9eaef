import { setTimeout as pause } from 'node:timers/promises';

const lookEveryMs = 20;
/** Nothing takes as long, even where every core has other work. */
const hopelessMs = 90_000;

/**
 * Looks again and again until a condition holds, for what raises no event.
 *
 * @param what it waits for, for the message
 * @throws Error when it did not come true in time
 */
export async function until(
  what: string,
  isMet: () => boolean | Promise<boolean>,
  patienceMs = hopelessMs,
): Promise<void> {
  const lastLook = Date.now() + patienceMs;
  while (!(await isMet())) {
    if (Date.now() > lastLook) throw new Error(`Waited in vain until ${what}`);
    await pause(lookEveryMs);
  }
}
