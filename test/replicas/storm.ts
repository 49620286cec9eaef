import { setTimeout as pause } from 'node:timers/promises';
import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { nonceHeaders } from '../factories/nonce-headers.js';
import { PrivateRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { leaseSeconds, Replicas, startSharedPostgres, type SharedPostgres } from './replicas.js';
import { startRoundRobinProxy, type RoundRobinProxy } from './round-robin-proxy.js';

const callersOfEach = 2;
/** A stopped replica answers nobody. */
const patienceMs = 3_000;
const busyRetryMs = 50;
const limitedRetryMs = 250;
const minuteMs = 60_000;

/** How much is asked of the replicas. */
export interface Storm {
  conversations: number;
  /** Of each conversation. */
  turns: number;
  /** What all turns need or more is met by nobody. */
  limitPerMinute: number;
}

let simulator: Simulator;
let postgres: SharedPostgres;
let redis: PrivateRedis;
let proxy: RoundRobinProxy;
let replicas: Replicas;
let urls: string[];
/** By uuid: how many of its uses passed. */
let passes: Map<string, number>;
/** Calls that the limit has let through, from when they were sent until they were answered. */
let counted: { sentAt: number; answeredAt: number }[];
/** How many it has not. */
let limited: number;

interface Reply {
  status: number;
  text: string;
}

async function setUp(limitPerMinute: number): Promise<void> {
  simulator = await startSimulator();
  postgres = await startSharedPostgres();
  proxy = await startRoundRobinProxy();
  redis = await PrivateRedis.start();
  replicas = new Replicas(postgres.url, simulator, {
    AUTH_MODE: 'normal',
    RATE_LIMIT_PER_MINUTE: String(limitPerMinute),
    REPLICAS: '3',
    ...redis.variables,
  });
  urls = await replicas.start(3);
  proxy.use(urls);
  passes = new Map();
  counted = [];
  limited = 0;
}

async function tearDown(): Promise<void> {
  await replicas.close();
  await proxy.close();
  await postgres.close();
  await redis.close();
  await simulator.close();
}

/** One call with these credentials. @returns null when there was no answer, whatever was done */
async function send(
  path: string,
  body: string,
  headers: Record<string, string>,
): Promise<Reply | null> {
  try {
    const response = await fetch(`${proxy.url}/chatgpt/${path}`, {
      method: 'POST',
      headers,
      body,
      signal: AbortSignal.timeout(patienceMs),
    });
    const reply = { status: response.status, text: await response.text() };
    const { uuid = '' } = headers;
    // Refused, or not even looked at because the database was away.
    const isPassed = reply.status !== 401 && reply.status !== 503;
    passes.set(uuid, (passes.get(uuid) ?? 0) + (isPassed ? 1 : 0));
    return reply;
  } catch {
    return null;
  }
}

/** What the limit made of a model call; those without an answer, and those that failed, are left out. */
function note(reply: Reply | null, sentAt: number): void {
  if (reply?.status === 429) limited += 1;
  if (reply?.status !== 200 && reply?.status !== 409) return;
  counted.push({ sentAt, answeredAt: performance.now() });
}

/** The most that was let through in any window: calls that were sent and answered within it. */
function mostInAMinute(): number {
  const perWindow = counted.map(({ sentAt: from }) => {
    return counted.filter(({ sentAt, answeredAt }) => {
      return sentAt >= from && answeredAt <= from + minuteMs;
    }).length;
  });
  return Math.max(...perWindow);
}

/** The same with a uuid of its own. */
function post(path: string, body = '', conversation = ''): Promise<Reply | null> {
  return send(path, body, { ...nonceHeaders(), conversation });
}

async function create(): Promise<string> {
  const reply = await post('createTurbo');
  if (reply?.status !== 200) throw new Error(`createTurbo answered ${reply?.status ?? 'nothing'}`);
  return reply.text;
}

/** The turns of one conversation, by all of its callers. */
class Talk {
  /** Questions whose answers came, caller by caller, in order. */
  readonly acknowledged: string[][] = [];
  readonly unexpected: Reply[] = [];

  constructor(
    readonly id: string,
    private left: number,
    private readonly onTurn: () => void,
  ) {}

  async run(): Promise<void> {
    const callers = Array.from({ length: callersOfEach }, (_, caller) => this.call(caller));
    await Promise.all(callers);
  }

  /** Each attempt is a question of its own, so that none is meant to be there twice. */
  private async call(caller: number): Promise<void> {
    const acknowledged: string[] = [];
    this.acknowledged.push(acknowledged);
    for (let attempt = 0; this.left > 0; attempt += 1) {
      const question = `${caller}.${attempt}`;
      const headers = { ...nonceHeaders(), conversation: this.id };
      const replays = attempt % 10 === 0 ? [send('context', '', headers)] : [];
      const sentAt = performance.now();
      const [reply] = await Promise.all([send('chat', question, headers), ...replays]);
      note(reply, sentAt);
      if (reply?.status === 200) {
        expect(reply.text).toBe(`You said: ${question}`);
        acknowledged.push(question);
        this.left -= 1;
        this.onTurn();
      } else {
        // 401 is a question whose uuid its replay has used up.
        if (reply && ![401, 409, 429, 503].includes(reply.status)) this.unexpected.push(reply);
        await pause(reply?.status === 429 ? limitedRetryMs : busyRetryMs);
      }
    }
  }
}

/** Waits for a share of all turns to be acknowledged, then does the next thing. */
async function disturb(acknowledged: () => number): Promise<void> {
  const [first, second] = replicas.processes;
  const reaches = (share: number) => until('enough turns', () => acknowledged() >= share, 120_000);
  await reaches(0.1);
  await first?.stop('SIGKILL');
  await reaches(0.2);
  await redis.down();
  await reaches(0.25);
  await redis.up();
  await reaches(0.35);
  second?.kill('SIGSTOP');
  const stoppedAt = Date.now();
  await reaches(0.4);
  await until('its leases are over', () => Date.now() > stoppedAt + leaseSeconds * 1_500);
  second?.kill('SIGCONT');
  proxy.use([...urls.slice(1), ...(await replicas.start(1))]);
  await reaches(0.6);
  await postgres.restart();
  await reaches(0.8);
}

async function sentences(id: string): Promise<string[]> {
  const reply = await post('contextArray', '', id);
  if (reply?.status !== 200) throw new Error(`contextArray answered ${reply?.status ?? 'nothing'}`);
  return JSON.parse(reply.text) as string[];
}

/** Declares the storm as a test. */
export function describeStorm({ conversations, turns, limitPerMinute }: Storm): void {
  beforeAll(() => setUp(limitPerMinute));
  afterAll(tearDown);

  describe('three replicas behind a load balancer', () => {
    it('keep every acknowledged turn once and in order, no uuid passes twice, and the limit holds', async () => {
      let acknowledged = 0;
      const ids = await Promise.all(Array.from({ length: conversations }, create));
      const talks = ids.map((id) => new Talk(id, turns, () => (acknowledged += 1)));
      await Promise.all([
        ...talks.map((talk) => talk.run()),
        disturb(() => acknowledged / (conversations * turns)),
      ]);
      expect(talks.flatMap(({ unexpected }) => unexpected)).toEqual([]);
      for (const talk of talks) {
        const said = await sentences(talk.id);
        const questions = said.filter((_, index) => index % 2 === 0);
        // Whole turns, each of a question with its own answer, and none twice.
        expect(said).toEqual(questions.flatMap((question) => [question, `You said: ${question}`]));
        expect(new Set(questions).size).toBe(questions.length);
        for (const mine of talk.acknowledged) {
          expect(questions.filter((question) => mine.includes(question))).toEqual(mine);
        }
      }
      expect([...passes.values()].filter((count) => count > 1)).toEqual([]);
      expect(passes.size).toBeGreaterThan(conversations * turns);
      expect(limited > 0).toBe(limitPerMinute < conversations * turns);
      expect(mostInAMinute()).toBeLessThanOrEqual(2 * limitPerMinute);
      const [, , third] = replicas.processes;
      expect(third?.output).toMatch(/redis\.away[^]*redis\.back/);
      const [, ...alive] = replicas.processes;
      expect(await Promise.all(alive.map((alice) => alice.stop('SIGTERM')))).toEqual([0, 0, 0]);
    });
  });
}
