-- Takes all images at once, or none.
--
-- ARGV   id, images, images in a minute or '', images at work or '', when they lapse (ms)
-- reply  {'taken' | 'minute' | 'concurrent', ms until enough are free or 0, …}

local id, images, lapseMs = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[5])
local perMinute, atWork = tonumber(ARGV[3]), tonumber(ARGV[4])

local excess = perMinute and redis.call('ZCARD', minute) + images - perMinute or 0
if excess > 0 then return reply('minute', leavesIn(excess - 1)) end
if atWork and redis.call('ZCARD', concurrent) + images > atWork then
  return reply('concurrent', 0)
end

for index = 0, images - 1 do
  redis.call('ZADD', minute, now, id .. ':' .. index)
  redis.call('ZADD', concurrent, now + lapseMs, id .. ':' .. index)
end
keep(lapseMs)
return reply('taken', 0)
