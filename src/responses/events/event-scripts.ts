import { RedisScript } from '../../redis/redis-script.js';

// A response's events are a stream: event n has the id n+1-0, because 0-0 is none, and `sum`, the
// bytes of all events up to it. The end is an entry with `end`, which stays behind the last event.
// Each change is published under the key's own name.

/** ARGV: n+1, type, data, the most bytes, the milliseconds to keep it. */
export const appendEvent = new RedisScript(`
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local sum = #ARGV[3]
if last then
  if last[2][3] == 'end' or tonumber(string.match(last[1], '^%d+')) >= tonumber(ARGV[1]) then
    return 0
  end
  sum = sum + last[2][2]
end
redis.call('XADD', KEYS[1], ARGV[1] .. '-0', 'sum', sum, 'type', ARGV[2], 'data', ARGV[3])
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
while first and sum - first[2][2] + #first[2][6] > tonumber(ARGV[4]) do
  redis.call('XDEL', KEYS[1], first[1])
  first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
end
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('PUBLISH', KEYS[1], '')
return 1
`);

/** ARGV: the milliseconds to keep it from now. */
export const endEvents = new RedisScript(`
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if not last or last[2][3] == 'end' then return 0 end
redis.call('XADD', KEYS[1], string.match(last[1], '^%d+') .. '-1', 'sum', last[2][2], 'end', '')
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PUBLISH', KEYS[1], '')
return 1
`);

export const deleteEvents = new RedisScript(`
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', KEYS[1], '')
return 1
`);

/** ARGV: the first n+1, how many at most. Gives nothing, or whether it has ended and the events. */
export const readEvents = new RedisScript(`
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if not last then return false end
local ended = last[2][3] == 'end' and 1 or 0
local events = {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], ARGV[1] .. '-0', '+', 'COUNT', ARGV[2])) do
  if entry[2][3] ~= 'end' then
    events[#events + 1] = {string.match(entry[1], '^%d+'), entry[2][4], entry[2][6]}
  end
end
return {ended, events}
`);
