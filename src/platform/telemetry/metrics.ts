import { Injectable } from '@nestjs/common';
import { Counter } from './counter.js';
import { Histogram } from './histogram.js';
import type { Metric, Sample } from './metric.js';

/** From a millisecond to ten minutes, which is how long a call may take. */
const defaultBounds = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
];

/** What is counted and measured. Each part adds its own metrics; whoever shows them collects them. */
@Injectable()
export class Metrics {
  private readonly collectors = new Map<string, () => Metric>();

  /** A figure that its owner counts up. */
  counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    const counter = new Counter(labelNames);
    this.read('counter', name, help, () => counter.samples());
    return counter;
  }

  /** Times that its owner measures. */
  histogram(name: string, help: string, labelNames: readonly string[] = []): Histogram {
    const histogram = new Histogram(name, labelNames, defaultBounds);
    this.read('histogram', name, help, () => histogram.samples());
    return histogram;
  }

  /** A figure that is looked up when someone asks. */
  gauge(name: string, help: string, look: () => number): void {
    this.read('gauge', name, help, () => [{ labels: {}, value: look() }]);
  }

  /** Values, or several by their labels, that are looked up when someone asks. */
  read(type: Metric['type'], name: string, help: string, look: () => Sample[]): void {
    if (this.collectors.has(name)) throw new Error(`There are two metrics of the name ${name}`);
    this.collectors.set(name, () => ({ name, help, type, values: look() }));
  }

  /** Every metric with its values of now. */
  collect(): Metric[] {
    return Array.from(this.collectors.values(), (collect) => collect());
  }
}
