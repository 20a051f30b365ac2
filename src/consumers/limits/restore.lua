-- Brings what Redis knows of some images up to what their replica knows.
--
-- ARGV   when an image at work lapses (ms), then for each image: itself, its age in the window (ms) or '' where it
--        does not count, 1 where it is at work or 0
-- reply  {'done', 0, …}

local lapseMs = tonumber(ARGV[1])
for i = 2, #ARGV, 3 do
  local image, age, works = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  if age and age < WINDOW_MS then
    redis.call('ZADD', minute, now - age, image)
  else
    redis.call('ZREM', minute, image)
  end
  if works == '1' then
    redis.call('ZADD', concurrent, now + lapseMs, image)
  else
    redis.call('ZREM', concurrent, image)
  end
end
keep(lapseMs)
return reply('done', 0)
