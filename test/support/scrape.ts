/** What Prometheus would read at `/metrics`. */
export class Scrape {
  /** By the name of the metric. */
  readonly types = new Map<string, string>();
  /** By name and labels, as they are written. */
  readonly values = new Map<string, number>();

  constructor(text: string) {
    for (const line of text.split('\n')) {
      const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
      if (name !== undefined && type !== undefined) this.types.set(name, type);
      if (line === '' || line.startsWith('#')) continue;
      const [, series, value] =
        /^([a-zA-Z_:]\w*(?:\{(?:\w+="[^"\n]*",?)+\})?) (\S+)$/.exec(line) ?? [];
      if (series === undefined) throw new Error(`Not a line that Prometheus reads: ${line}`);
      this.values.set(series, Number(value));
    }
  }

  /** The value of one series; 0 when it has not come up. */
  value(series: string): number {
    return this.values.get(series) ?? 0;
  }

  /** Every value of a label. */
  labelValues(label: string): string[] {
    const found = [...this.values.keys()].flatMap((series) =>
      [...series.matchAll(new RegExp(`\\b${label}="([^"]*)"`, 'g'))].map(([, value]) => value!),
    );
    return [...new Set(found)].sort();
  }
}

/** @throws Error when metrics are refused */
export async function scrape(url: string, headers: Record<string, string> = {}): Promise<Scrape> {
  const answer = await fetch(`${url}/metrics`, { headers });
  if (answer.status !== 200) throw new Error(`/metrics answered ${answer.status}`);
  return new Scrape(await answer.text());
}
