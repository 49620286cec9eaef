/** A part of one write, as a repository made it; to everyone else it has no inside. */
export abstract class Write {
  /** Also what keeps anything else from being taken for one. */
  protected abstract readonly statements: readonly object[];
}

/** What one write consists of: features add to it, and all of it is written or nothing. */
export class UnitOfWork {
  private readonly added: Write[] = [];

  /** @param writes behind those that are there; each may rely on what the ones before it did */
  add(...writes: readonly Write[]): void {
    this.added.push(...writes);
  }

  get writes(): readonly Write[] {
    return this.added;
  }
}
