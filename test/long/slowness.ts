const numbers = 100_000;
/** What the machine took for them, with nothing else to do, on which the limits of these tests were set. */
const setMs = 5;

/** How many times slower this machine is now than the one that the limits are for; at least 1. */
export function slowness(): number {
  const text = `[${Array.from({ length: numbers }, () => '0.1234567').join()}]`;
  const times = Array.from({ length: 9 }, () => {
    const beganAt = performance.now();
    JSON.parse(text);
    return performance.now() - beganAt;
  });
  const median = times.sort((one, other) => one - other)[4] ?? 0;
  return Math.max(1, median / setMs);
}
