import { Deadlines } from './deadlines.js';

function due(deadlines: Deadlines<number>, now: number): number[] {
  const taken: number[] = [];
  for (let next = deadlines.takeDue(now); next !== null; next = deadlines.takeDue(now)) {
    taken.push(next);
  }
  return taken;
}

describe('deadlines', () => {
  it('come in their order, however they were added', () => {
    const times = Array.from({ length: 500 }, (_, index) => (index * 7_919) % 1_009);
    const deadlines = new Deadlines<number>();
    for (const time of times) deadlines.add(time, time);
    expect(due(deadlines, 300)).toEqual(times.filter((time) => time <= 300).sort((a, b) => a - b));
    deadlines.add(5, 5);
    expect(due(deadlines, 2_000)).toEqual([
      5,
      ...times.filter((time) => time > 300).sort((a, b) => a - b),
    ]);
    expect(due(deadlines, 2_000)).toEqual([]);
  });

  it('are not due a moment too early', () => {
    const deadlines = new Deadlines<number>();
    deadlines.add(10, 1);
    expect(due(deadlines, 9)).toEqual([]);
    expect(due(deadlines, 10)).toEqual([1]);
  });
});
