import { AggregatorRegistry } from 'prom-client';
import type { Metric } from '../../platform/telemetry/metric.js';

/** Metrics in Prometheus's text format. Imported when first needed: its client costs over 1 MiB. */
export function prometheusText(metrics: readonly Metric[]): Promise<string> {
  const handedOver = metrics.map((metric) => ({ ...metric, aggregator: 'first' }));
  return AggregatorRegistry.aggregate([handedOver]).metrics();
}
