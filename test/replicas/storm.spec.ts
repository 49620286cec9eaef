import { describeStorm } from './storm.js';

// `test/long` has a longer one, whose callers meet the limit.
describeStorm({ conversations: 5, turns: 20, limitPerMinute: 10_000 });
