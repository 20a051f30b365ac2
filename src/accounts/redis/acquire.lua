-- Takes a lease if the account has a place, its health is the one the replica knows, and no other
-- waiter comes first.
--
-- ARGV   replica, lease, email, max concurrency, health field, known version, waiter or '',
--        record to write with the lease or '', lease duration (ms), how long a place is kept (ms)
-- reply  {'done', version} | {'stale', record or ''} | {'full', remote count, sequence} | {'turn'}

local replica, lease, email, maxConcurrency = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local field, known, waiter, json = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local leaseMs, turnMs = tonumber(ARGV[9]), tonumber(ARGV[10])

local record = redis.call('HGET', health, field)
if versionOf(record) ~= known then return {'stale', record or ''} end

local free = maxConcurrency - tonumber(redis.call('HGET', inflight, email) or 0)
if free <= 0 then
  return {'full', remoteCounts(replica)[email] or 0, redis.call('GET', counter) or 0}
end

-- A place that has just come free is kept for the waiters at the head of the turns. Not for longer:
-- the head may be unable to use this account.
if now - tonumber(redis.call('HGET', freed, email) or 0) < turnMs then
  local ahead = 0
  for _, other in ipairs(redis.call('ZRANGE', turns, 0, -1)) do
    if other == waiter then break end
    if isAlive(other) then ahead = ahead + 1 else redis.call('ZREM', turns, other) end
    if ahead >= free then return {'turn'} end
  end
end

holdLease(lease, leaseMs)
if redis.call('ZSCORE', turns, waiter) then
  -- Served: to the end of the turns.
  redis.call('ZADD', turns, redis.call('INCR', counter), waiter)
end
return {'done', json ~= '' and writeHealth(field, json) or known}
