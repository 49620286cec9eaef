import type { Query } from './database.js';

/** A row's place in the order of creation; ids part those of one moment. */
export interface Place {
  /** Epoch milliseconds. */
  createdAt: number;
  id: string;
}

/**
 * The condition for rows behind a place. Its first half is what an index on `created_at` is entered
 * by; `a OR (b AND c)`, which means the same, is read from the list's beginning on every page.
 */
export function behind(order: 'asc' | 'desc', { createdAt, id }: Place): Query {
  const beyond = order === 'asc' ? '>' : '<';
  return {
    sql: `created_at ${beyond}= ? AND (created_at ${beyond} ? OR id ${beyond} ?)`,
    parameters: [createdAt, createdAt, id],
  };
}
