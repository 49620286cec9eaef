import type { Metric } from '../common/metrics/metric.js';

/** Metrics in Prometheus's text format; its client, which writes it, is loaded when first needed. */
export async function prometheusText(metrics: readonly Metric[]): Promise<string> {
  const { AggregatorRegistry } = await import('prom-client');
  const handedOver = metrics.map((metric) => ({ ...metric, aggregator: 'first' }));
  return AggregatorRegistry.aggregate([handedOver]).metrics();
}
