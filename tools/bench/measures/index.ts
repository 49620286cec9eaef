import type { Measure } from '../bench.js';
import { cpuPerCall } from './cpu-per-call.js';
import { deadKey } from './dead-key.js';
import { firstPiece } from './first-piece.js';
import { footprint } from './footprint.js';
import { keyChoice } from './key-choice.js';
import { manyStreams } from './many-streams.js';
import { scale } from './scale.js';

/** In the order in which they run: what an idle machine shows comes first. */
const measures: readonly Measure[] = [
  footprint,
  cpuPerCall,
  deadKey,
  keyChoice,
  firstPiece,
  manyStreams,
];

/** Those that are asked for: `--scale` needs more than this project starts, `--against` another build. */
export function measuresFor(options: {
  scale: boolean;
  against: string | null;
}): readonly Measure[] {
  if (options.scale) return [scale];
  return options.against === null ? measures : [cpuPerCall];
}

export const allMeasures: readonly Measure[] = [...measures, scale];
