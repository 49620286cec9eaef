import { parseArgs } from 'node:util';
import { measuresFor } from './measures/index.js';

const DEFAULT_ROUNDS = 5;

export interface Options {
  /** Ids of the figures to take. */
  wanted: ReadonlySet<string>;
  rounds: number;
  json: boolean;
  /** Another built checkout of the project, whose CPU time per call is the reference. */
  against: string | null;
}

/** @throws on a flag, id or number that it does not know. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      rounds: { type: 'string' },
      scale: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      against: { type: 'string' },
    },
  });
  const { scale, against = null } = values;
  if (scale && against !== null) throw new Error('--scale and --against exclude each other');
  const known = measuresFor({ scale, against }).flatMap(({ ids }) => ids);
  const only = values.only?.split(',').filter((id) => id !== '') ?? known;
  const unknown = only.find((id) => !known.includes(id));
  if (unknown !== undefined) {
    throw new Error(`--only knows ${known.join(', ')}; not ${unknown}`);
  }
  const rounds = Number(values.rounds ?? DEFAULT_ROUNDS);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a number from 1');
  return { wanted: new Set(only), rounds, json: values.json, against };
}
