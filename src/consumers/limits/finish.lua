-- An image is done, or will never be made.
--
-- ARGV   image, 1 where it was made or 0
-- reply  {'done', 0, …}

redis.call('ZREM', concurrent, ARGV[1])
if ARGV[2] == '0' then redis.call('ZREM', minute, ARGV[1]) end
return reply('done', 0)
