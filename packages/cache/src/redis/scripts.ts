import { defineScript, type RedisScript } from "@weir/core/redis-script";
import { stampFrom, stampLength } from "./entry";

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
 * node ('' does not register), lease ms, log length. Returns the clock, the last id of the log, server ms.
 *
 * A new incarnation begins when the clock is missing, belongs to another run of the server, or is older than the caller
 * knows it to be, and when the marks are a hash, as an earlier version of this program stored them. Everything stored is
 * void then.
 */
export const attachScript = defineScript(
  "weir.attach",
  `${shared}
local clock = redis.call('GET', KEYS[1])
local incarnation, epoch
if clock then incarnation, epoch = readClock(clock) end
local known = tonumber(ARGV[4])
local rewound = epoch and incarnation == ARGV[3] and epoch < known
local foreign = redis.call('TYPE', KEYS[3])['ok'] == 'hash'
if not epoch or rewound or foreign or redis.call('HGET', KEYS[2], 'runId') ~= ARGV[1] then
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
 * KEYS clock marks log. ARGV mode, all ('1' or '0'), marks as JSON, node, log length, maximum number of marks.
 * Returns incarnation and epoch; nil when there is no clock.
 *
 * The marks are a sorted set by epoch. Beyond the maximum, the oldest are dropped and the floors rise to the last dropped
 * epoch: entries as old as that are void or stale without their marks, and younger entries stay valid.
 */
export const invalidateScript = defineScript(
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
  redis.call('ZADD', KEYS[2], whole(epoch), field .. mark)
end
local excess = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[6])
if excess > 0 then
  local dropped = redis.call('ZPOPMIN', KEYS[2], excess)
  for index = 1, #dropped, 2 do
    local at = tonumber(dropped[index + 1])
    if string.sub(dropped[index], 1, 2) == 'p:' then
      purge = math.max(purge, at)
    else
      expire = math.max(expire, at)
    end
  end
end
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
return { incarnation, whole(epoch) }
`,
);

/** KEYS clock nodes. ARGV node, incarnation, applied epoch, lease ms. Returns the clock ('' when missing), server ms. */
export const renewScript = defineScript(
  "weir.renew",
  `${shared}
local now = nowMs()
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. whole(now + tonumber(ARGV[4])))
return { redis.call('GET', KEYS[1]) or '', whole(now) }
`,
);

/**
 * KEYS server nodes. ARGV incarnation, epoch, own node, lease ms.
 * Returns how many other nodes with a live lease have not applied the epoch. A wipe deletes the leases too, so an
 * incarnation younger than a lease, or none at all, counts as one unknown node.
 */
export const laggardsScript = defineScript(
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
local born = tonumber(redis.call('HGET', KEYS[1], 'bornMs') or '')
if not born or now - born < tonumber(ARGV[4]) then count = count + 1 end
return count
`,
);

/**
 * KEYS lease and entry, alternating. ARGV lease ms, then for each pair: token, incarnation and epoch of the load that is
 * about to begin, the minimum useful epoch, stamp of the entry that was seen ('' for none, '*' for any), background ('1'
 * or '0'). Returns one letter for each pair:
 * g: granted, also to a token that holds the lease already; h: held by a token whose load is useful; e: an entry that was
 * not seen is there; f: the last load failed a moment ago, which stops background claims only.
 * Redis expires a lease by its own time. A lease whose load is too old to be useful is taken over.
 */
export const claimScript = defineScript(
  "weir.claim",
  `
local answers = {}
for pair = 1, #KEYS / 2 do
  local lease, entry, at = KEYS[2 * pair - 1], KEYS[2 * pair], 6 * pair - 4
  local token, incarnation, since, seen = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 3]), ARGV[at + 4]
  local state, holder, of, epoch = string.match(redis.call('GET', lease) or '', '^(%a) (%S+) (%S+) (%d+)$')
  local answer
  if state == 'h' and holder == token then
    answer = 'g'
  elseif state == 'h' and of == incarnation and tonumber(epoch) >= since then
    answer = 'h'
  elseif state == 'f' and ARGV[at + 5] == '1' then
    answer = 'f'
  else
    local stamp = seen == '*' and '' or redis.call('GETRANGE', entry, ${stampFrom}, ${stampFrom + stampLength - 1})
    if stamp ~= '' and stamp ~= seen then
      answer = 'e'
    else
      redis.call('SET', lease, 'h ' .. token .. ' ' .. incarnation .. ' ' .. ARGV[at + 2], 'PX', ARGV[1])
      answer = 'g'
    end
  end
  answers[pair] = answer
end
return answers
`,
);

/** KEYS leases. ARGV lease ms, then their tokens. Renews each lease that its token still holds and returns 1 for it, else 0. */
export const keepScript = defineScript(
  "weir.keep",
  `
local answers = {}
for index, lease in ipairs(KEYS) do
  local state, holder = string.match(redis.call('GET', lease) or '', '^(%a) (%S+) ')
  if state == 'h' and holder == ARGV[index + 1] then
    answers[index] = redis.call('PEXPIRE', lease, ARGV[1])
  else
    answers[index] = 0
  end
end
return answers
`,
);

/** As a lifetime: the entry is deleted. */
export const gone = -1;

/**
 * KEYS lease and entry, alternating. ARGV for each pair: token ('' stores without a lease), entry ('' stores none), its
 * lifetime in ms (`gone` deletes the stored one), how long background loads leave the key alone in ms (0: not at all).
 * Returns 1 for each pair whose token held its lease, which ends; nothing happens for other pairs.
 */
export const settleScript = defineScript(
  "weir.settle",
  `
local answers = {}
for pair = 1, #KEYS / 2 do
  local lease, entry, at = KEYS[2 * pair - 1], KEYS[2 * pair], 4 * pair - 3
  local token, text, pause = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 3])
  local state, holder, of, epoch = string.match(redis.call('GET', lease) or '', '^(%a) (%S+) (%S+) (%d+)$')
  answers[pair] = 0
  if token == '' or (state == 'h' and holder == token) then
    if text ~= '' then
      redis.call('SET', entry, text, 'PX', ARGV[at + 2])
    elseif ARGV[at + 2] == '${gone}' then
      redis.call('DEL', entry)
    end
    if token ~= '' and pause > 0 then
      redis.call('SET', lease, 'f ' .. token .. ' ' .. of .. ' ' .. epoch, 'PX', ARGV[at + 3])
    elseif token ~= '' then
      redis.call('DEL', lease)
    end
    answers[pair] = 1
  end
end
return answers
`,
);

/** Loaded in advance on every connection for reads, so that no read sends a script twice. */
export const readScripts: readonly RedisScript[] = [claimScript, keepScript, settleScript];
