-- `luacheck src`: prelude.lua is joined in front of every script, which uses of it what it needs.
std = 'lua51+redis'
stds.redis = { read_globals = { 'redis', 'KEYS', 'ARGV' } }
max_line_length = 100
files['**/prelude.lua'] = { ignore = { '211' } }
files['**/accounts/redis/*.lua'] = {
  read_globals = {
    'leases', 'inflight', 'freed', 'health', 'counter', 'turns', 'replicas', 'epoch', 'checks', 'now',
    'ownerOf', 'emailOf', 'replicaOf', 'holdLease', 'dropLease', 'isAlive', 'startWaiting',
    'remoteCounts', 'versionOf', 'writeHealth',
  },
}
