import type { Cost, Figure } from './bench.js';
import type { Failures } from './failures.js';

const SHOWN_REASONS = 10;

export interface Result {
  figures: readonly Figure[];
  costs: readonly Cost[];
  notes: readonly string[];
  failures: Failures;
  /** From 0 to 1. */
  otherPrograms: number;
  seconds: number;
}

/** Written so that a value that could not be measured is missed, too. */
function isMet({ value, atMost }: Figure): boolean {
  return value <= atMost;
}

export function isPassed({ figures, failures }: Result): boolean {
  return failures.count === 0 && figures.every(isMet);
}

export function asJson(result: Result): string {
  const { figures, costs, notes, failures, otherPrograms, seconds } = result;
  return JSON.stringify(
    {
      passed: isPassed(result),
      figures: figures.map((figure) => ({ ...figure, met: isMet(figure) })),
      costs,
      notes,
      failures: { count: failures.count, reasons: failures.reasons },
      otherPrograms,
      seconds,
    },
    undefined,
    2,
  );
}

export function asText(result: Result): string {
  const { figures, costs, notes, failures, otherPrograms, seconds } = result;
  const parts: string[] = [];
  if (figures.length > 0) {
    const rows = figures.map((figure) => [
      figure.title,
      `${shown(figure.value)} ${figure.unit}`,
      `≤ ${shown(figure.atMost)}`,
      isMet(figure) ? 'met' : 'MISSED',
      figure.spread?.map(shown).join(' to ') ?? '',
    ]);
    parts.push(table(['figure', 'measured', 'target', '', 'lowest to highest'], rows));
  }
  if (costs.length > 0) {
    const rows = costs.map(({ what, cpuMsPerCall, callsPerSecond }) => [
      what,
      cpuMsPerCall.toFixed(3),
      callsPerSecond.toFixed(0),
    ]);
    parts.push(table(['for information', 'CPU ms a call', 'calls/s'], rows));
  }
  if (notes.length > 0) parts.push(notes.join('\n'));
  if (failures.count > 0) {
    parts.push(['FAILED', ...failures.reasons.slice(0, SHOWN_REASONS)].join('\n'));
  }
  const others = (otherPrograms * 100).toFixed(0);
  parts.push(
    `noise: ${noiseOf(figures)}other programs used ${others}% of the machine; ${seconds.toFixed(0)} s in all`,
  );
  return parts.join('\n\n');
}

/** How far apart the rounds of one run are: a difference smaller than this means nothing. */
function noiseOf(figures: readonly Figure[]): string {
  const widths = figures.flatMap(({ spread, value }) =>
    spread === undefined ? [] : [(spread[1] - spread[0]) / value],
  );
  if (widths.length === 0) return '';
  return `rounds of one figure lie up to ${(Math.max(...widths) * 100).toFixed(0)}% apart; `;
}

function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1);
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const asLine = (line: readonly string[]): string =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [asLine(head), asLine(widths.map((width) => '-'.repeat(width))), ...rows.map(asLine)].join(
    '\n',
  );
}
