-- Takes a request out of the turns.
--
-- ARGV   waiter

redis.call('ZREM', turns, ARGV[1])
