-- Joined in front of every script: names the keys, reads the clock, lets go of what counts no more.
--
-- Both are sorted sets of images, `<replica>:<number>:<index>`: those of the last minute, scored with when they
-- were taken, and those at work, scored with when they lapse, by Redis's own clock.

local minute, concurrent = KEYS[1], KEYS[2]
local WINDOW_MS = 60000
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

redis.call('ZREMRANGEBYSCORE', minute, '-inf', now - WINDOW_MS)
redis.call('ZREMRANGEBYSCORE', concurrent, '-inf', now)

-- How long the image that is behind so many others still counts (ms); a negative rank counts from the newest.
local function leavesIn(rank)
  local at = redis.call('ZRANGE', minute, rank, rank, 'WITHSCORES')[2]
  return at and math.max(0, tonumber(at) + WINDOW_MS - now) or 0
end

-- In every reply: images of the last minute, ms until none of them counts, images at work.
local function reply(kind, retryMs)
  return {
    kind, retryMs, redis.call('ZCARD', minute), leavesIn(-1), redis.call('ZCARD', concurrent)
  }
end

local function keep(lapseMs)
  redis.call('PEXPIRE', minute, WINDOW_MS)
  redis.call('PEXPIRE', concurrent, lapseMs)
end

