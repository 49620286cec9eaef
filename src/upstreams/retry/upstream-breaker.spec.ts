import { RetryBudget } from './retry-budget.js';
import { UpstreamBreaker } from './upstream-breaker.js';

const start = 1_000_000;

function failing(times: number, breaker = new UpstreamBreaker(), now = start): UpstreamBreaker {
  for (let time = 0; time < times; time += 1) breaker.failed(now, `request ${time}`);
  return breaker;
}

describe('the breaker', () => {
  it('lets a few faults pass', () => {
    expect(failing(19).waitMs(start)).toBe(0);
  });

  it('lets a request fail as often as it is sent', () => {
    const breaker = failing(19);
    for (let time = 0; time < 100; time += 1) breaker.failed(start, 'request 7');
    expect(breaker.waitMs(start)).toBe(0);
    breaker.failed(start, 'another request');
    expect(breaker.waitMs(start)).toBe(5_000);
  });

  it('opens for 5 s when 20 requests failed one after the other', () => {
    const breaker = new UpstreamBreaker();
    breaker.answered();
    failing(20, breaker);
    expect(breaker.waitMs(start)).toBe(5_000);
    expect(breaker.waitMs(start + 4_999)).toBe(1);
  });

  it('counts a request from when it failed last', () => {
    const breaker = failing(1);
    failing(20, breaker, start + 9_000);
    expect(breaker.waitMs(start + 9_000)).toBe(5_000);
  });

  it('stays closed while any call is answered, however many fail', () => {
    const breaker = new UpstreamBreaker();
    for (let round = 0; round < 30; round += 1) {
      failing(19, breaker);
      breaker.answered();
    }
    expect(breaker.waitMs(start)).toBe(0);
  });

  it('forgets what is older than 10 s', () => {
    const breaker = failing(19);
    breaker.failed(start + 11_000, 'another request');
    expect(breaker.waitMs(start + 11_000)).toBe(0);
  });

  it('lets one call try, and closes when that is answered', () => {
    const breaker = failing(20);
    expect(breaker.waitMs(start + 5_000)).toBe(0);
    expect(breaker.waitMs(start + 5_000)).toBeGreaterThan(0);
    breaker.answered();
    expect(breaker.waitMs(start + 5_100)).toBe(0);
    expect(failing(1, breaker, start + 5_200).waitMs(start + 5_200)).toBe(0);
  });

  it('opens again when that fails', () => {
    const breaker = failing(20);
    expect(breaker.waitMs(start + 5_000)).toBe(0);
    failing(1, breaker, start + 5_100);
    expect(breaker.waitMs(start + 5_100)).toBe(5_000);
  });

  it('lets another call try when the first one never ended', () => {
    const breaker = failing(20);
    expect(breaker.waitMs(start + 5_000)).toBe(0);
    expect(breaker.waitMs(start + 15_000)).toBe(0);
  });
});

describe('the retry budget', () => {
  it('is ten retries when everything fails', () => {
    const budget = new RetryBudget();
    const spent = Array.from({ length: 100 }, () => budget.spend());
    expect(spent.filter(Boolean)).toHaveLength(10);
  });

  it('is earned back by answers, up to ten', () => {
    const budget = new RetryBudget();
    for (let time = 0; time < 50; time += 1) budget.earn();
    for (let time = 0; time < 10; time += 1) expect(budget.spend()).toBe(true);
    expect(budget.spend()).toBe(false);
    budget.earn();
    expect([budget.spend(), budget.spend()]).toEqual([true, false]);
  });
});
