import type { Failures } from './failures.js';
import type { Server, Servers } from './servers.js';

/** One line of the table: a measured value and the most it may be. */
export interface Figure {
  id: string;
  title: string;
  value: number;
  unit: string;
  atMost: number;
  /** Lowest and highest of the rounds, to tell noise from change. */
  spread?: readonly [number, number];
}

/** Absolute figures, for information: they differ from machine to machine and from day to day. */
export interface Cost {
  what: string;
  cpuMsPerCall: number;
  callsPerSecond: number;
}

export interface Outcome {
  figures: readonly Figure[];
  costs?: readonly Cost[];
  notes?: readonly string[];
}

/** What a measure works with. */
export interface Bench {
  servers: Servers;
  failures: Failures;
  /** Shared by the measures that compare servers under load; started when first asked for. */
  service: () => Promise<Server>;
  /** The same with its model service asked through the Responses API. */
  overResponses: () => Promise<Server>;
  /** What that is compared with: as new as it, and used for nothing else, as one that works more is faster. */
  besideResponses: () => Promise<Server>;
  /** The built checkout of the project that is the reference, if one is. */
  against: string | null;
  nest: () => Promise<Server>;
  passThrough: () => Promise<Server>;
  rounds: number;
  progress: (text: string) => void;
}

/** A part of the bench that can be run by itself. */
export interface Measure {
  /** The figures it can give; with `--only`, `wanted` holds some of them. */
  ids: readonly string[];
  run: (bench: Bench, wanted: ReadonlySet<string>) => Promise<Outcome>;
}
