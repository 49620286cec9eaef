import { Injectable } from '@nestjs/common';
import { Counter, Histogram, Registry, type Metric, type MetricValueWithName } from 'prom-client';
import { unsafeCast } from '../unsafe-cast.js';

/** From a millisecond to ten minutes, which is how long a call may take, in seconds. */
const buckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
];

type MetricType = 'counter' | 'gauge' | 'summary';

/** One value at one moment. */
export type Sample = Pick<MetricValueWithName<string>, 'labels' | 'value'>;

/** What is counted and measured. Each part adds its own metrics, under names that no other has. */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();

  /** A figure that its owner counts up. @param labelNames whose values are of bounded sets */
  counter<const Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  /** Times in seconds that its owner measures. @param labelNames whose values are of bounded sets */
  histogram<const Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
  ): Histogram<Label> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }

  /** A figure that is looked up when someone asks. */
  gauge(name: string, help: string, look: () => number): void {
    this.read('gauge', name, help, () => [{ labels: {}, value: look() }]);
  }

  /** Values, or several by their labels, that are looked up when someone asks. */
  read(type: MetricType, name: string, help: string, look: () => Sample[]): void {
    const get = () => Promise.resolve({ name, help, type, values: look() });
    // All that the registry asks of a metric; its own gauges keep the values that they have shown.
    this.registry.registerMetric(unsafeCast<Metric>({ name, get }));
  }

  /** Every metric with its values of now, in Prometheus's text format. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}
