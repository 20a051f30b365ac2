-- Renews all that a replica has, drops what it no longer has, and returns all that is known.
--
-- ARGV   replica, a fresh epoch, lease duration (ms), how long everything is remembered (s), then
--        three lists, each behind its length: leases held, leases being asked for, waiters
-- reply  {epoch, sequence, ms until the first lease of another replica expires or '',
--        {email, remote count, …}, {health field, record, …}}

local replica, newEpoch, leaseMs, memorySeconds = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local at = 5
local function nextList()
  local items, length = {}, tonumber(ARGV[at])
  for i = at + 1, at + length do items[#items + 1] = ARGV[i] end
  at = at + length + 1
  return items
end
local held, requested, waiters = nextList(), nextList(), nextList()

local known = redis.call('HGETALL', replicas)
for i = 1, #known, 2 do
  if tonumber(known[i + 1]) <= now then redis.call('HDEL', replicas, known[i]) end
end
redis.call('HSET', replicas, replica, now + leaseMs)
redis.call('SET', epoch, newEpoch, 'NX')

-- A restart is another epoch too: what was loaded from disk may be old.
local server = redis.pcall('INFO', 'server')
local run = type(server) == 'string' and string.match(server, 'run_id:(%w+)') or ''

local keep = {}
for _, lease in ipairs(held) do keep[lease] = true end
for _, lease in ipairs(requested) do keep[lease] = true end
for _, lease in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
  if ownerOf(lease) == replica and not keep[lease] then dropLease(lease) end
end
for _, lease in ipairs(held) do holdLease(lease, leaseMs) end

-- Counted afresh, so that a wrong count cannot last.
redis.call('DEL', inflight)
for _, lease in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
  redis.call('HINCRBY', inflight, emailOf(lease), 1)
end

local isWaiting = {}
for _, waiter in ipairs(waiters) do
  isWaiting[waiter] = true
  startWaiting(waiter)
end
for _, waiter in ipairs(redis.call('ZRANGE', turns, 0, -1)) do
  if not isAlive(waiter) or (replicaOf(waiter) == replica and not isWaiting[waiter]) then
    redis.call('ZREM', turns, waiter)
  end
end

local isKnown = {}
for _, waiter in ipairs(redis.call('ZRANGE', turns, 0, -1)) do isKnown[consumerOf(waiter)] = true end
for _, consumer in ipairs(redis.call('HKEYS', served)) do
  if not isKnown[consumer] then redis.call('HDEL', served, consumer) end
end

for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, memorySeconds) end

local nextExpiryMs = ''
local expiries = redis.call('ZRANGE', leases, 0, -1, 'WITHSCORES')
for i = 1, #expiries, 2 do
  if ownerOf(expiries[i]) ~= replica then
    nextExpiryMs = tostring(tonumber(expiries[i + 1]) - now)
    break
  end
end

local counts = {}
for email, count in pairs(remoteCounts(replica)) do
  counts[#counts + 1] = email
  counts[#counts + 1] = count
end

return {
  redis.call('GET', epoch) .. ' ' .. run, redis.call('INCR', counter), nextExpiryMs, counts,
  redis.call('HGETALL', health)
}
