import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Metrics, type Sample } from '../../platform/telemetry/metrics.js';
import { version } from '../../platform/version.js';

/** How often the event loop's delay is looked at, in milliseconds. */
const resolutionMs = 20;
const quantiles = [0.5, 0.99, 1];

/** How the process fares, under the names that dashboards for Node look for. */
@Injectable()
export class ProcessMetrics implements OnApplicationShutdown {
  /** Only once someone asks: it wakes the process fifty times a second. */
  private delay: IntervalHistogram | null = null;

  constructor(metrics: Metrics) {
    metrics.read('gauge', 'alice_build_info', 'What runs here; its value is 1', () => {
      return [{ labels: { version, node: process.versions.node }, value: 1 }];
    });
    // Without a sum and a count, which would begin from zero at every look, as the quantiles do.
    metrics.read(
      'summary',
      'alice_event_loop_delay_seconds',
      'How late the event loop was since the last look; quantile 1 is the longest',
      () => this.delays(),
    );
    metrics.read('counter', 'process_cpu_seconds_total', 'CPU time of the process', () => {
      const { user, system } = process.cpuUsage();
      return [{ labels: {}, value: (user + system) / 1e6 }];
    });
    metrics.gauge('process_resident_memory_bytes', 'Memory of the process', () => {
      return process.memoryUsage.rss();
    });
    metrics.gauge('process_start_time_seconds', 'When the process started, since the epoch', () => {
      return Math.round(performance.timeOrigin / 1_000);
    });
    metrics.gauge('nodejs_heap_size_used_bytes', 'Heap of the process that is in use', () => {
      return process.memoryUsage().heapUsed;
    });
  }

  onApplicationShutdown(): void {
    this.delay?.disable();
  }

  private delays(): Sample[] {
    if (!this.delay) {
      this.delay = monitorEventLoopDelay({ resolution: resolutionMs });
      this.delay.enable();
    }
    const { delay } = this;
    const samples = quantiles.map((quantile) => {
      const ms = (quantile === 1 ? delay.max : delay.percentile(quantile * 100)) / 1e6;
      // What is measured is the time between two looks.
      const value = Math.max(0, ms - resolutionMs) / 1_000;
      return { labels: { quantile: String(quantile) }, value };
    });
    delay.reset();
    return samples;
  }
}
