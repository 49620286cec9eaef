/** One value at one moment. */
export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
  /** Where it differs from the metric's: a part of a histogram. */
  metricName?: string;
}

/** One metric with its values at one moment, in the shape that Prometheus's client takes. */
export interface Metric {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram' | 'summary';
  values: Sample[];
}
