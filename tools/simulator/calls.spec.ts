import { CallLog, RunningCall } from './calls.js';

function addCalls(log: CallLog, count: number, bodyBytes: number): void {
  for (let index = 0; index < count; index += 1) {
    const facts = { key: 'sk-a', model: `m${log.total}`, path: '/v1/completions' };
    const call = new RunningCall(facts, { model: facts.model }, {});
    log.add(call, bodyBytes);
    log.settle(call, 'answered');
  }
}

describe('the record of many calls', () => {
  it('keeps the last 10,000 and counts all', async () => {
    const log = new CallLog();
    addCalls(log, 25_000, 10);
    expect(log.calls.length).toBeGreaterThanOrEqual(10_000);
    expect(log.calls.length).toBeLessThan(11_000);
    expect(log.calls.at(-1)?.model).toBe('m24999');
    expect([log.total, log.callsWith('sk-a'), log.running]).toEqual([25_000, 25_000, 0]);
    await log.waitForOutcome(24_999, 'answered');
    await expect(log.waitForOutcome(0, 'answered')).rejects.toThrow('no longer recorded');
  });

  it('forgets old bodies before they take too much memory', () => {
    const log = new CallLog();
    addCalls(log, 100, 1024 * 1024);
    const kept = log.calls.filter(({ body }) => body.model !== undefined);
    expect(kept.length).toBeGreaterThanOrEqual(16);
    expect(kept.length).toBeLessThanOrEqual(32);
    expect(kept.at(-1)).toBe(log.calls.at(-1));
  });
});
