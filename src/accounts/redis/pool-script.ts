import { createHash } from 'node:crypto';

/**
 * One change to what the replicas share, which Redis runs as a whole or not at all. Every script
 * first gives back the places whose replica has not renewed them.
 */
export interface PoolScript {
  readonly lua: string;
  readonly sha1: string;
}

/** All keys carry one hash tag, so that a cluster keeps them on one node, where scripts can run. */
const PREFIX = 'easel:{pool}:';

/** In the order in which the scripts name them. */
export const KEYS: readonly string[] = [
  'leases',
  'inflight',
  'freed',
  'health',
  'counter',
  'turns',
  'replicas',
  'epoch',
].map((name) => PREFIX + name);

/**
 * Where every change is told to the replicas as it is made. Channels know nothing of Redis's numbered
 * databases, whose keys are apart, so the number is part of the name. It is handed over with the keys.
 */
export function newsChannel(database: number): string {
  return `${PREFIX}news:${database}`;
}

/**
 * How long a place is held after it was last renewed: a little less than the 30 s after which those
 * of a replica that was killed are promised to be free.
 */
const LEASE_MS = 29_500;

/** How long a place that came free is kept for those whose turn it is, wherever they wait. */
export const TURN_MS = 100;

/** How long what is known outlives the last replica. */
const MEMORY_SECONDS = 7 * 24 * 3600;

/**
 * A lease is written `<replica>:<number> <email>` and scored with the time when it ends, by Redis's
 * own clock. A record of health is `<version> <json>`. News is either
 * `place <sequence> <+1 or -1> <replica> <email>` or `health <version> <field>\n<json>`.
 */
const PRELUDE = `
local leases, inflight, freed, health = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local counter, turns, replicas, epoch, channel = KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local function tell(text) redis.call('PUBLISH', channel, text) end
local function parts(lease) return string.match(lease, '^([^:]+):%d+ (.*)$') end

local function tellPlace(change, lease)
  local replica, email = parts(lease)
  tell('place ' .. redis.call('INCR', counter) .. ' ' .. change .. ' ' .. replica .. ' ' .. email)
end

local function hold(lease)
  local _, email = parts(lease)
  if redis.call('ZADD', leases, now + ${LEASE_MS}, lease) == 1 then
    redis.call('HINCRBY', inflight, email, 1)
    tellPlace('+1', lease)
  end
end

local function drop(lease)
  if redis.call('ZREM', leases, lease) == 1 then
    local _, email = parts(lease)
    if redis.call('HINCRBY', inflight, email, -1) <= 0 then redis.call('HDEL', inflight, email) end
    redis.call('HSET', freed, email, now)
    tellPlace('-1', lease)
  end
end

local function isAlive(party)
  local ends = redis.call('HGET', replicas, string.match(party, '^[^:]+'))
  return ends and tonumber(ends) > now
end

local function elsewhere(replica)
  local counts = {}
  for _, lease in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
    local owner, email = parts(lease)
    if owner ~= replica then counts[email] = (counts[email] or 0) + 1 end
  end
  return counts
end

local function versionOf(record) return record and string.match(record, '^(%d+) ') or '0' end

local function write(field, json)
  local version = tostring(redis.call('INCR', counter))
  redis.call('HSET', health, field, version .. ' ' .. json)
  tell('health ' .. version .. ' ' .. field .. '\\n' .. json)
  return version
end

for _, lease in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now)) do drop(lease) end
`;

/**
 * Takes a place on an account, if there is one, if the account is as it was believed to be, and if
 * nobody else's turn comes first. Arguments: replica, lease, email, most places, health field, the
 * version known of it, party, and the record to write with it or nothing.
 */
export const ACQUIRE = script(`
local replica, lease, email, most, field = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local known, party, json = ARGV[6], ARGV[7], ARGV[8]
local record = redis.call('HGET', health, field)
if versionOf(record) ~= known then return {'stale', record or ''} end
local free = most - tonumber(redis.call('HGET', inflight, email) or 0)
if free <= 0 then
  return {'full', elsewhere(replica)[email] or 0, redis.call('GET', counter) or 0}
end
if now - tonumber(redis.call('HGET', freed, email) or 0) < ${TURN_MS} then
  local ahead = 0
  for _, other in ipairs(redis.call('ZRANGE', turns, 0, -1)) do
    if other == party then break end
    if isAlive(other) then ahead = ahead + 1 else redis.call('ZREM', turns, other) end
    if ahead >= free then return {'turn'} end
  end
end
hold(lease)
if redis.call('ZSCORE', turns, party) then
  redis.call('ZADD', turns, redis.call('INCR', counter), party)
end
return {'done', json ~= '' and write(field, json) or known}
`);

/** Gives a place back. Arguments: lease. */
export const RELEASE = script(`drop(ARGV[1])`);

/**
 * Writes what is now known of an account, unless somebody else has written since. Arguments: health
 * field, the version known of it, the record.
 */
export const CHANGE = script(`
local field, known, json = ARGV[1], ARGV[2], ARGV[3]
local record = redis.call('HGET', health, field)
if versionOf(record) ~= known then return {'stale', record or ''} end
return {'done', write(field, json)}
`);

/** Forgets an account whose credential is no longer in use. Arguments: health field. */
export const FORGET = script(`redis.call('HDEL', health, ARGV[1])`);

/** A request begins to wait for a place. Arguments: party. */
export const WAIT = script(`
if not redis.call('ZSCORE', turns, ARGV[1]) then
  redis.call('ZADD', turns, redis.call('INCR', counter), ARGV[1])
end
`);

/** A request waits no more. Arguments: party. */
export const LEAVE = script(`redis.call('ZREM', turns, ARGV[1])`);

/**
 * Says what a replica holds, and tells it all that is known: at the start, every ten seconds, and
 * whenever it may have missed something. Arguments: replica, a fresh epoch, then three lists, each
 * behind its length: leases held, leases being asked for, parties that wait. Answers with the
 * epoch (another one after a restart as well, for what is on disk may be old), the counter, the time in milliseconds until the first lease of somebody else ends (or
 * nothing), emails with places held elsewhere, and the records of health.
 */
export const SYNC = script(`
local replica, at = ARGV[1], 3
local function list()
  local items, length = {}, tonumber(ARGV[at])
  for i = at + 1, at + length do items[#items + 1] = ARGV[i] end
  at = at + length + 1
  return items
end
local held, asked, parties = list(), list(), list()

local alive = redis.call('HGETALL', replicas)
for i = 1, #alive, 2 do
  if tonumber(alive[i + 1]) <= now then redis.call('HDEL', replicas, alive[i]) end
end
redis.call('HSET', replicas, replica, now + ${LEASE_MS})
redis.call('SET', epoch, ARGV[2], 'NX')
local server = redis.pcall('INFO', 'server')
local run = type(server) == 'string' and string.match(server, 'run_id:(%w+)') or ''

local keep = {}
for _, lease in ipairs(held) do keep[lease] = true end
for _, lease in ipairs(asked) do keep[lease] = true end
for _, lease in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
  if parts(lease) == replica and not keep[lease] then drop(lease) end
end
for _, lease in ipairs(held) do hold(lease) end

redis.call('DEL', inflight)
for _, lease in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
  local _, email = parts(lease)
  redis.call('HINCRBY', inflight, email, 1)
end

local waits = {}
for _, party in ipairs(parties) do
  waits[party] = true
  if not redis.call('ZSCORE', turns, party) then
    redis.call('ZADD', turns, redis.call('INCR', counter), party)
  end
end
for _, party in ipairs(redis.call('ZRANGE', turns, 0, -1)) do
  if not isAlive(party) or (string.match(party, '^[^:]+') == replica and not waits[party]) then
    redis.call('ZREM', turns, party)
  end
end

for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ${MEMORY_SECONDS}) end

local first = ''
local ends = redis.call('ZRANGE', leases, 0, -1, 'WITHSCORES')
for i = 1, #ends, 2 do
  if parts(ends[i]) ~= replica then
    first = tostring(tonumber(ends[i + 1]) - now)
    break
  end
end
local places = {}
for email, count in pairs(elsewhere(replica)) do
  places[#places + 1] = email
  places[#places + 1] = count
end
return {
  redis.call('GET', epoch) .. ' ' .. run, redis.call('INCR', counter), first, places,
  redis.call('HGETALL', health)
}
`);

/** All of them, to be made known to a server before they are used. */
export const SCRIPTS: readonly PoolScript[] = [ACQUIRE, RELEASE, CHANGE, FORGET, WAIT, LEAVE, SYNC];

function script(body: string): PoolScript {
  const lua = PRELUDE + body;
  return { lua, sha1: createHash('sha1').update(lua).digest('hex') };
}
