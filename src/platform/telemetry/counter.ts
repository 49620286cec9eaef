import { LabelledSeries } from './labelled-series.js';
import type { Sample } from './metric.js';

/** A figure that only grows, of which there is one for each combination of labels' values. */
export class Counter {
  private readonly series: LabelledSeries<{ value: number }>;

  constructor(labelNames: readonly string[]) {
    this.series = new LabelledSeries(labelNames, () => ({ value: 0 }));
    if (labelNames.length === 0) this.add(0);
  }

  /** @param labels values from bounded sets, in the order of their names */
  add(by: number, ...labels: string[]): void {
    this.series.at(labels).value += by;
  }

  samples(): Sample[] {
    return Array.from(this.series.all(), ({ labels, state }) => ({ labels, value: state.value }));
  }
}
