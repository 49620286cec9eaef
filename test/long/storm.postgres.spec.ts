import { describeStorm } from '../replicas/storm.js';

describeStorm({ conversations: 20, turns: 50, limitPerMinute: 600 });
