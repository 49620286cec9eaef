import type { Measure } from '../bench.js';
import { cpuPerCall } from './cpu-per-call.js';
import { deadKey } from './dead-key.js';
import { firstPiece } from './first-piece.js';
import { footprint } from './footprint.js';
import { keyChoice } from './key-choice.js';
import { manyStreams } from './many-streams.js';
import { scale } from './scale.js';

/** In the order in which they run: what an idle machine shows comes first. */
export const measures: readonly Measure[] = [
  footprint,
  cpuPerCall,
  deadKey,
  keyChoice,
  firstPiece,
  manyStreams,
];

/** Those that are taken only when asked for by name: they need more than this project starts. */
export const measuresOnRequest: readonly Measure[] = [scale];
