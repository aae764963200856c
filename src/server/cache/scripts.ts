import { createHash } from "node:crypto";

/** A Lua script. Every key it touches is among its KEYS, so that it runs in a cluster too. */
export type Script = { readonly name: string; readonly source: string; readonly sha: string };

function script(name: string, source: string): Script {
  return { name, source, sha: createHash("sha1").update(source).digest("hex") };
}

const shared = `
local function whole(number) return string.format('%.0f', number) end
local function nowMs()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local function readClock(text)
  local incarnation, epoch, purge, expire = string.match(text, '^(%S+) (%d+) (%d+) (%d+)$')
  return incarnation, tonumber(epoch), tonumber(purge), tonumber(expire)
end
`;

/**
 * KEYS clock server marks log nodes. ARGV run id, incarnation to use if a new one begins, known incarnation and epoch,
 * node ('' does not register), lease ms, log length.
 * A new incarnation begins when the clock is missing, belongs to another run of the server, or is older than the caller
 * knows it to be; all that was stored is void then. Answers clock, last id of the log, server ms.
 */
export const attachScript = script(
  "weir.attach",
  `${shared}
local clock = redis.call('GET', KEYS[1])
local incarnation, epoch
if clock then incarnation, epoch = readClock(clock) end
local known = tonumber(ARGV[4])
local rewound = epoch and incarnation == ARGV[3] and epoch < known
if not epoch or rewound or redis.call('HGET', KEYS[2], 'runId') ~= ARGV[1] then
  epoch = math.max(epoch or 0, known) + 1
  incarnation = ARGV[2]
  clock = incarnation .. ' ' .. whole(epoch) .. ' ' .. whole(epoch) .. ' 0'
  redis.call('SET', KEYS[1], clock)
  redis.call('HSET', KEYS[2], 'runId', ARGV[1], 'bornMs', whole(nowMs()))
  redis.call('UNLINK', KEYS[3])
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[7], '*', 'i', incarnation, 'e', whole(epoch), 'm', 'purge', 'a', '1', 't', '[]', 'n', '')
end
if ARGV[5] ~= '' then
  redis.call('HSET', KEYS[5], ARGV[5], incarnation .. ' 0 ' .. whole(nowMs() + tonumber(ARGV[6])))
end
local last = redis.call('XREVRANGE', KEYS[4], '+', '-', 'COUNT', 1)
return { clock, last[1] and last[1][1] or '0-0', whole(nowMs()) }
`,
);

/**
 * KEYS clock marks log. ARGV mode, all ('1' or '0'), marks as JSON, node, log length, most marks.
 * Answers incarnation, epoch, mode and all as they took effect; nil when there is no clock.
 * Too many marks are forgotten at once by raising the floor above them.
 */
export const invalidateScript = script(
  "weir.invalidate",
  `${shared}
local clock = redis.call('GET', KEYS[1])
if not clock then return false end
local incarnation, epoch, purge, expire = readClock(clock)
if not epoch then return false end
epoch = epoch + 1
local mode, all = ARGV[1], ARGV[2]
local field = mode == 'purge' and 'p:' or 'e:'
for _, mark in ipairs(cjson.decode(ARGV[3])) do
  redis.call('HSET', KEYS[2], field .. mark, whole(epoch))
end
if redis.call('HLEN', KEYS[2]) > tonumber(ARGV[6]) then mode, all = 'purge', '1' end
if all == '1' then
  if mode == 'purge' then
    purge = epoch
    redis.call('UNLINK', KEYS[2])
  else
    expire = epoch
  end
end
redis.call('SET', KEYS[1], incarnation .. ' ' .. whole(epoch) .. ' ' .. whole(purge) .. ' ' .. whole(expire))
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[5], '*', 'i', incarnation, 'e', whole(epoch), 'm', mode, 'a', all, 't', ARGV[3], 'n', ARGV[4])
return { incarnation, whole(epoch), mode, all }
`,
);

/** KEYS clock nodes. ARGV node, incarnation, applied epoch, lease ms. Answers clock ('' when missing), server ms. */
export const renewScript = script(
  "weir.renew",
  `${shared}
local now = nowMs()
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. whole(now + tonumber(ARGV[4])))
return { redis.call('GET', KEYS[1]) or '', whole(now) }
`,
);

/**
 * KEYS server nodes. ARGV incarnation, epoch, own node, lease ms.
 * Answers how many other nodes with a live lease have not applied the epoch. A wipe takes the leases along, so an
 * incarnation younger than a lease counts one for whoever may be unknown.
 */
export const laggardsScript = script(
  "weir.laggards",
  `${shared}
local now, count = nowMs(), 0
local nodes = redis.call('HGETALL', KEYS[2])
for index = 1, #nodes, 2 do
  local incarnation, applied, expires = string.match(nodes[index + 1], '^(%S+) (%d+) (%d+)$')
  if not expires or tonumber(expires) <= now then
    redis.call('HDEL', KEYS[2], nodes[index])
  elseif nodes[index] ~= ARGV[3] and (incarnation ~= ARGV[1] or tonumber(applied) < tonumber(ARGV[2])) then
    count = count + 1
  end
end
local born = tonumber(redis.call('HGET', KEYS[1], 'bornMs') or '0')
if now - born < tonumber(ARGV[4]) then count = count + 1 end
return count
`,
);
