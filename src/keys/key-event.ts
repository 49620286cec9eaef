/** What a webhook is told. */
export interface KeyEvent {
  id: string;
  type: 'pool.empty' | 'pool.recovered' | 'key.invalid' | 'key.exhausted';
  /** ISO 8601. */
  at: string;
  /** The key that it is about or that made the difference; null when keys came or went. */
  key: object | null;
}
