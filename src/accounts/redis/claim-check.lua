-- Claims the check of an account's credential, unless one has been claimed a while ago.
--
-- ARGV   health field, how long a check counts (ms)
-- reply  1 where it is claimed now, else 0

local field, countsMs = ARGV[1], tonumber(ARGV[2])
if now - tonumber(redis.call('HGET', checks, field) or 0) < countsMs then return 0 end
redis.call('HSET', checks, field, now)
return 1
