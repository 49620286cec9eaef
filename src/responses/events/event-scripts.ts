import { RedisScript } from '../../platform/redis/redis-script.js';

// KEYS[1], a response's events, is a stream: event n has the id n+1-0, because 0-0 is none, and `sum`,
// the bytes of all events up to it. The end is an entry with `end`, which stays behind the last event.
// Each change is published under the key's own name.
// All responses have one budget: KEYS[2] orders their ids by the time of their last event, running
// ones behind all that have ended; KEYS[3] has the bytes of each, and of all of them under ''.

/** Behind every time that an ended response can have, in milliseconds. */
const running = '1e15';

const shared = `
local id = ARGV[1]
local keptMs = tonumber(ARGV[2])
local prefix = string.sub(KEYS[1], 1, #KEYS[1] - #id)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function grow(which, bytes)
  if bytes ~= 0 then
    if redis.call('HINCRBY', KEYS[3], which, bytes) == 0 then redis.call('HDEL', KEYS[3], which) end
    redis.call('HINCRBY', KEYS[3], '', bytes)
  end
  return tonumber(redis.call('HGET', KEYS[3], '') or 0)
end

local function forget(which)
  redis.call('UNLINK', prefix .. which)
  redis.call('PUBLISH', prefix .. which, '')
  redis.call('ZREM', KEYS[2], which)
  grow(which, -tonumber(redis.call('HGET', KEYS[3], which) or 0))
end

local function keep(score)
  redis.call('ZADD', KEYS[2], score, id)
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, keptMs) end
  redis.call('PUBLISH', KEYS[1], '')
end
`;

/** ARGV: id, the milliseconds to keep it, n+1, type, data, the most bytes of one and of all. */
export const appendEvent = new RedisScript(`${shared}
local data = ARGV[5]
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local sum = #data
if last then
  if last[2][3] == 'end' or tonumber(string.match(last[1], '^%d+')) >= tonumber(ARGV[3]) then
    return 0
  end
  sum = sum + last[2][2]
else
  -- Redis may have let go of the events and not of their size.
  forget(id)
end
redis.call('XADD', KEYS[1], ARGV[3] .. '-0', 'sum', sum, 'type', ARGV[4], 'data', data)
local total = grow(id, #data)
keep(${running} + now)
for _, bound in ipairs({{'-inf', now - keptMs}, {'(${running}', ${running} + now - keptMs}}) do
  for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], bound[1], bound[2])) do forget(old) end
end
while total > tonumber(ARGV[7]) do
  local oldest = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(${running}', 'LIMIT', 0, 1)[1]
  if not oldest then break end
  forget(oldest)
  total = tonumber(redis.call('HGET', KEYS[3], '') or 0)
end
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
while first and first[1] ~= ARGV[3] .. '-0' and
  (sum - first[2][2] + #first[2][6] > tonumber(ARGV[6]) or total > tonumber(ARGV[7])) do
  redis.call('XDEL', KEYS[1], first[1])
  total = grow(id, -#first[2][6])
  first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
end
return 1
`);

/** ARGV: id, the milliseconds to keep it from now. */
export const endEvents = new RedisScript(`${shared}
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if not last or last[2][3] == 'end' then return 0 end
redis.call('XADD', KEYS[1], string.match(last[1], '^%d+') .. '-1', 'sum', last[2][2], 'end', '')
keep(now)
return 1
`);

/** ARGV: id, the milliseconds that others are kept. */
export const deleteEvents = new RedisScript(`${shared}
forget(id)
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
