import { Caller } from './caller.js';
import { startService, type TestService } from './service.js';

/** Runs a test on a service of its own, which is gone afterwards whatever happened. */
export async function withService(
  variables: Record<string, string>,
  test: (service: TestService, caller: Caller) => Promise<void>,
): Promise<void> {
  const service = await startService(variables);
  try {
    await test(service, new Caller(service.url));
  } finally {
    service.simulator.reset();
    await service.close();
  }
}
