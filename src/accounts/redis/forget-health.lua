-- Forgets the health of a credential that is no longer in use.
--
-- ARGV   health field

redis.call('HDEL', health, ARGV[1])
redis.call('HDEL', checks, ARGV[1])
