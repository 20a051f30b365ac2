-- Writes an account's health, unless another replica has written since.
--
-- ARGV   health field, known version, record
-- reply  {'done', version} | {'stale', record or ''}

local field, known, json = ARGV[1], ARGV[2], ARGV[3]
local record = redis.call('HGET', health, field)
if versionOf(record) ~= known then return {'stale', record or ''} end
return {'done', writeHealth(field, json)}
