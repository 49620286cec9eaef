/** Undoes what `postgres-server.ts` did before the first test. */
export default async function tearDown(): Promise<void> {
  const { tearDownPostgres } = globalThis as { tearDownPostgres?: () => Promise<void> };
  await tearDownPostgres?.();
}
