import { Logger } from '@nestjs/common';
import type { EncodedRequest } from '../dialects/dialect.js';

const none: ReadonlySet<string> = new Set();

/** A refusal that is about the request. */
interface Refusal {
  reason: string;
  /** What the upstream names. */
  parameter: string | null;
  /** Whether it is about the value of it alone. */
  isAboutValue: boolean;
  /** Whether it says what is wrong in a way that has nothing to do with parameters. */
  isExplained: boolean;
}

/**
 * Remembers which parameters a model refuses, because today's models refuse many that yesterday's
 * took, and lists of model names go stale: the upstream's own answer is the only list that is right.
 */
export class RefusedParameters {
  private readonly logger = new Logger(RefusedParameters.name);
  private readonly refused = new Map<string, ReadonlySet<string>>();
  /** What a model took, so that a refusal which names nothing is about something else. */
  private readonly taken = new Map<string, Set<string>>();

  of(model: string): ReadonlySet<string> {
    return this.refused.get(model) ?? none;
  }

  learn(model: string, names: Iterable<string>): void {
    const known = this.of(model);
    const learnt = [...names].filter((name) => !known.has(name));
    if (learnt.length === 0) return;
    this.refused.set(model, new Set([...known, ...learnt]));
    this.logger.log(
      `${model} refuses the parameter ${learnt.join(', ')}; it is left out from now on`,
    );
  }

  /** A request with these was served. */
  succeeded(model: string, names: readonly string[]): void {
    const taken = this.taken.get(model);
    if (!taken) this.taken.set(model, new Set(names));
    else for (const name of names) taken.add(name);
  }

  isTaken(model: string, name: string): boolean {
    return this.taken.get(model)?.has(name) ?? false;
  }
}

/** What one call takes back of its request, however its refusals are worded. */
export class Adaptation {
  /** Left out because a refusal may be about them; that is learnt when the request is served. */
  private readonly suspects = new Set<string>();
  private leftOut: ReadonlySet<string> | null = null;

  constructor(
    private readonly known: RefusedParameters,
    private readonly model: string,
  ) {}

  /** What is to be left out of the next request. */
  get refused(): ReadonlySet<string> {
    return this.leftOut ?? this.known.of(this.model);
  }

  /** @returns whether the request is worth another try */
  adapt(
    { reason, parameter, isAboutValue, isExplained }: Refusal,
    { added, expendable, asked = [] }: Omit<EncodedRequest, 'path' | 'body'>,
  ): boolean {
    if (isAboutValue && asked.some((name) => name === parameter)) return false;
    const named = added.find((name) => isNamedBy(parameter, name));
    if (named !== undefined) {
      this.known.learn(this.model, [named]);
      return this.leaveOut([]);
    }
    const untried = added.filter((name) => !this.known.isTaken(this.model, name));
    const inWords = untried.filter((name) => isNamedIn(reason, name));
    if (inWords.length > 0) return this.leaveOut(inWords);
    if (parameter !== null || isExplained || !mayBeAboutParameters(reason)) return false;
    if (untried.length === 0) return false;
    const first = untried.filter((name) => expendable.includes(name));
    return this.leaveOut(first.length > 0 ? first : untried);
  }

  /** The request was served as it was sent last. */
  succeeded(added: readonly string[]): void {
    if (this.suspects.size > 0) this.known.learn(this.model, this.suspects);
    this.known.succeeded(this.model, added);
  }

  private leaveOut(names: readonly string[]): true {
    for (const name of names) this.suspects.add(name);
    this.leftOut = new Set([...this.known.of(this.model), ...this.suspects]);
    return true;
  }
}

/** Whether a refusal that names none may be about parameters all the same. */
function mayBeAboutParameters(reason: string): boolean {
  return /param|argument|field|propert|option|support|recogni|unknown|unexpected|extra|permitted|allowed|invalid|validation|bad request|unprocessable|without a reason/i.test(
    reason,
  );
}

/** Of what is added as a value, the name of the place where it stands. */
const places = new Map([['developer', 'role']]);

/** What is named may be a part of a parameter, or a place that has one in it. */
function isNamedBy(parameter: string | null, name: string): boolean {
  const names = [name, places.get(name) ?? name];
  const parts = parameter?.split(/[.[\]]+/) ?? [];
  return parts.some((part) => names.some((one) => sameName(part, one)));
}

function sameName(one: string, other: string): boolean {
  return withoutForm(one) === withoutForm(other);
}

/** Some servers name what they were sent in camel case. */
function withoutForm(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

/** Names of one word stand in sentences about anything; only in quotes or behind a colon they are names. */
function isNamedIn(reason: string, name: string): boolean {
  const words = reason.split(/[^\w]+/).filter((word) => sameName(word, name));
  if (name.includes('_')) return words.length > 0;
  return new RegExp(`["'\`:]\\s*${name}\\b`).test(reason);
}
