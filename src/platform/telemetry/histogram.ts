import { LabelledSeries } from './labelled-series.js';
import type { Sample } from './metric.js';

/** How often values up to each bound came up. */
interface Distribution {
  /** By bound; the last one is of everything beyond. */
  counts: number[];
  sum: number;
}

/** How long something took, in seconds, of which there is one for each combination of labels' values. */
export class Histogram {
  private readonly series: LabelledSeries<Distribution>;

  /** @param bounds upper bounds in seconds, ascending */
  constructor(
    private readonly name: string,
    labelNames: readonly string[],
    private readonly bounds: readonly number[],
  ) {
    this.series = new LabelledSeries(labelNames, () => ({
      counts: [...bounds, Infinity].map(() => 0),
      sum: 0,
    }));
  }

  /** @param labels values from bounded sets, in the order of their names */
  observe(seconds: number, ...labels: string[]): void {
    const distribution = this.series.at(labels);
    let bound = 0;
    while (seconds > (this.bounds[bound] ?? Infinity)) bound += 1;
    distribution.counts[bound] = (distribution.counts[bound] ?? 0) + 1;
    distribution.sum += seconds;
  }

  /** As Prometheus counts: each bucket with everything below its bound. */
  samples(): Sample[] {
    return Array.from(this.series.all(), ({ labels, state }) => {
      let count = 0;
      const buckets = state.counts.map((inBucket, index) => {
        count += inBucket;
        const bound = this.bounds[index];
        const le = bound === undefined ? '+Inf' : String(bound);
        return { metricName: `${this.name}_bucket`, labels: { ...labels, le }, value: count };
      });
      return [
        ...buckets,
        { metricName: `${this.name}_sum`, labels, value: state.sum },
        { metricName: `${this.name}_count`, labels, value: count },
      ];
    }).flat();
  }
}
