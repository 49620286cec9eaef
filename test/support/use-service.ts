import { Caller } from './caller.js';
import { startService, type TestService } from './service.js';

/**
 * One service for all tests of the file, or of the block that calls this: it starts before the first
 * and is closed after the last, and its simulator is as new for each of them.
 *
 * @returns the service and one who calls it, both of use from the first test on
 */
export function useService(variables: Record<string, string> = {}): {
  service: TestService;
  caller: Caller;
} {
  const service = {} as TestService;
  const caller = new Caller('');
  beforeAll(async () => {
    Object.assign(service, await startService(variables));
    Object.assign(caller, { url: service.url });
  });
  afterEach(() => {
    service.simulator.reset();
  });
  afterAll(() => service.close());
  return { service, caller };
}
