-- Takes a lease if the account has a free slot, its health is the one the replica knows, and no other
-- waiter comes first.
--
-- ARGV   replica, lease, email, max concurrency, health field, known version, waiter or '',
--        record to write with the lease or '', lease duration (ms), how long a freed slot is reserved (ms)
-- reply  {'done', version} | {'stale', record or ''} | {'full', remote count, sequence} | {'turn'}

local replica, lease, email, maxConcurrency = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local field, known, waiter, json = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local leaseMs, turnMs = tonumber(ARGV[9]), tonumber(ARGV[10])

-- Those that wait, in the order to serve them: one of each consumer, the one served least recently first, then the
-- second of each, and so on.
local function inTurn()
  local waiters, consumers = {}, {}
  for _, other in ipairs(redis.call('ZRANGE', turns, 0, -1)) do
    local name = consumerOf(other)
    if not isAlive(other) then
      redis.call('ZREM', turns, other)
    elseif waiters[name] then
      table.insert(waiters[name], other)
    else
      waiters[name] = {other}
      local at = tonumber(redis.call('HGET', served, name) or 0)
      table.insert(consumers, {name = name, at = at, order = #consumers})
    end
  end
  table.sort(consumers, function(a, b)
    if a.at == b.at then return a.order < b.order end
    return a.at < b.at
  end)
  local list, round, isLast = {}, 1, #consumers == 0
  while not isLast do
    isLast = true
    for _, consumer in ipairs(consumers) do
      local other = waiters[consumer.name][round]
      if other then
        table.insert(list, other)
        isLast = false
      end
    end
    round = round + 1
  end
  return list
end

local record = redis.call('HGET', health, field)
if versionOf(record) ~= known then return {'stale', record or ''} end

local free = maxConcurrency - tonumber(redis.call('HGET', inflight, email) or 0)
if free <= 0 then
  return {'full', remoteCounts(replica)[email] or 0, redis.call('GET', counter) or 0}
end

-- A slot that was just freed is reserved for the waiters at the head of the list. Not for longer:
-- the head may be unable to use this account.
if now - tonumber(redis.call('HGET', freed, email) or 0) < turnMs then
  for ahead, other in ipairs(inTurn()) do
    if other == waiter then break end
    if ahead >= free then return {'turn'} end
  end
end

holdLease(lease, leaseMs)
if redis.call('ZSCORE', turns, waiter) then
  -- Served: to the end of the turns, and its consumer behind all others.
  redis.call('ZADD', turns, redis.call('INCR', counter), waiter)
  redis.call('HSET', served, consumerOf(waiter), redis.call('INCR', counter))
end
return {'done', json ~= '' and writeHealth(field, json) or known}
