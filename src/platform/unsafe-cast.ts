/**
 * The one place where a value is believed to have a type that the compiler cannot see:
 * rows that our own SQL shaped, and our transport's answers as the `Response` its client expects.
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- stating the type is its purpose
export function unsafeCast<T>(value: unknown): T {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the one cast
  return value as T;
}
