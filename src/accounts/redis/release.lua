-- Gives a lease back.
--
-- ARGV   lease

dropLease(ARGV[1])
