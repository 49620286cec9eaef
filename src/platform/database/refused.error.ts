/** What an operator asked for would do harm; the message is all that there is to say. */
export class RefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RefusedError';
  }
}
