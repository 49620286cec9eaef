import { Caller } from './caller.js';
import { startService, type TestService } from './service.js';

/** A service, and one who calls it. */
export interface UsedService {
  service: TestService;
  caller: Caller;
}

/**
 * One service for all tests of the file, or of the block that calls this: it starts before the first
 * and is closed after the last, and its simulator is as new for each of them.
 *
 * @param variables settings that differ from the tests' defaults, or what makes them when it starts
 * @returns both of use from the first test on
 */
export function useService(
  variables: Record<string, string> | (() => Record<string, string>) = {},
): UsedService {
  const used: UsedService = { service: {} as TestService, caller: new Caller('') };
  beforeAll(async () => {
    const settings = typeof variables === 'function' ? variables() : variables;
    become(used, await startService(settings));
  });
  afterEach(() => {
    used.service.simulator.reset();
  });
  afterAll(() => used.service.close());
  return used;
}

/** What {@link useServices} starts services by. */
export interface ServiceStarter extends UsedService {
  /**
   * Starts a service, whose test it is closed after; the last one is `service` and `caller`, too.
   *
   * @param folder an earlier service's, to start on its database
   */
  start: (variables?: Record<string, string>, folder?: string) => Promise<UsedService>;
}

/**
 * For tests that start services of their own, by `start`: after each test all are closed, the last
 * first.
 *
 * @param defaults settings of each of them
 */
export function useServices(defaults: Record<string, string> = {}): ServiceStarter {
  const last: UsedService = { service: {} as TestService, caller: new Caller('') };
  const started: TestService[] = [];
  afterEach(async () => {
    for (const service of started) service.simulator.reset();
    for (const service of started.splice(0).reverse()) await service.close();
  });
  return {
    ...last,
    start: async (variables = {}, folder) => {
      const service = await startService({ ...defaults, ...variables }, folder);
      started.push(service);
      become(last, service);
      return { service, caller: new Caller(service.url) };
    },
  };
}

function become({ service, caller }: UsedService, started: TestService): void {
  Object.assign(service, started);
  Object.assign(caller, { url: started.url });
}
