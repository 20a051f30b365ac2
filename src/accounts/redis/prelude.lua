-- Joined in front of every script: names the keys, reads the clock, ends expired leases.
--
-- lease          `<replica>:<number> <email>`, scored with its expiry by Redis's own clock
-- waiter         `<replica>:<number>:<consumer>`, scored with its position in the order of service; older versions
--                name no consumer
-- health record  `<version> <json>`
-- message        `place <sequence> <+1 or -1> <replica> <email>`
--                `health <version> <field>\n<json>`

local leases, inflight, freed, health = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local counter, turns, replicas, epoch = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local checks, served, channel = KEYS[9], KEYS[10], KEYS[11]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local function ownerOf(lease) return string.match(lease, '^([^:]+):%d+ ') end
local function emailOf(lease) return string.match(lease, '^[^:]+:%d+ (.*)$') end
local function replicaOf(waiter) return string.match(waiter, '^[^:]+') end
local function consumerOf(waiter) return string.match(waiter, '^[^:]+:%d+:(.*)$') or '' end

local function publishLease(change, lease)
  local sequence = redis.call('INCR', counter)
  local text = sequence .. ' ' .. change .. ' ' .. ownerOf(lease) .. ' ' .. emailOf(lease)
  redis.call('PUBLISH', channel, 'place ' .. text)
end

-- Takes a lease, or renews it.
local function holdLease(lease, leaseMs)
  if redis.call('ZADD', leases, now + leaseMs, lease) == 1 then
    redis.call('HINCRBY', inflight, emailOf(lease), 1)
    publishLease('+1', lease)
  end
end

local function dropLease(lease)
  if redis.call('ZREM', leases, lease) == 1 then
    local email = emailOf(lease)
    if redis.call('HINCRBY', inflight, email, -1) <= 0 then redis.call('HDEL', inflight, email) end
    redis.call('HSET', freed, email, now)
    publishLease('-1', lease)
  end
end

local function isAlive(waiter)
  local expiry = redis.call('HGET', replicas, replicaOf(waiter))
  return expiry and tonumber(expiry) > now
end

local function startWaiting(waiter)
  if not redis.call('ZSCORE', turns, waiter) then
    redis.call('ZADD', turns, redis.call('INCR', counter), waiter)
  end
end

-- By email, the leases that other replicas hold.
local function remoteCounts(replica)
  local counts = {}
  for _, lease in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
    if ownerOf(lease) ~= replica then
      local email = emailOf(lease)
      counts[email] = (counts[email] or 0) + 1
    end
  end
  return counts
end

local function versionOf(record) return record and string.match(record, '^(%d+) ') or '0' end

local function writeHealth(field, json)
  local version = tostring(redis.call('INCR', counter))
  redis.call('HSET', health, field, version .. ' ' .. json)
  redis.call('PUBLISH', channel, 'health ' .. version .. ' ' .. field .. '\n' .. json)
  return version
end

for _, lease in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now)) do dropLease(lease) end

