-- Puts a request at the end of the turns.
--
-- ARGV   waiter

startWaiting(ARGV[1])
