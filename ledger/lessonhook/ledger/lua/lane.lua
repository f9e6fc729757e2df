-- A lane: one subscriber's own pace. Its hash is read once, changed in memory and written back once, by `answer`.

local call = redis.call

--- How long a lane's collections live after they were last used: longer than anything that they can hold.
local LANE_LIFE_MS = POLICY.retention_ms + POLICY.delivered_retention_ms
local DAY_MS = 86400000

--- What a lane's hash holds, and what a field is that is not there; `tick` counts transitions that changed something.
local LANE = {
  tick = 0, window = 1, fails = 0, paused_x = 0, paused_op = 0, wait_until = 0, next_at = 0, last_ok = 0, seq = 0,
  retrying = 0, attention = 0, day = 0, last_at = 0, recorded = 0, delivered = 0, expired = 0, erased = 0,
  unconfirmed = 0, took = 0, told = 0, probe = '', why = '', last = '', because = '',
}
local LANE_COLLECTIONS = { 'held', 'used', 'retries', 'queued', 'leases', 'wakes', 'open', 'done', 'refused' }

--- Read a hash into a table, in which a field that is not there is its default, and of its default's type; what a
--- newer release has added is left alone. Answer the table, and whether the hash was there.
local function read_hash(key, into, defaults)
  local was, found = {}, call('HGETALL', key)
  for at = 1, #found, 2 do
    local field, value = found[at], found[at + 1]
    local default = defaults[field]
    if default then
      if default ~= '' then value = tonumber(value) end
      into[field], was[field] = value, value
    end
  end
  into.was = was
  return setmetatable(into, { __index = defaults }), found[1] ~= nil
end

--- Write back what changed since `read_hash`, if more than `but` fields did; answer whether it was written.
local function write_hash(key, from, defaults, but)
  local changed, length, was = {}, 0, from.was
  for field, value in pairs(from) do
    local default = defaults[field]
    if default and value ~= (was[field] or default) then
      changed[length + 1], changed[length + 2] = field, value
      length = length + 2
    end
  end
  if length <= 2 * but then return false end
  call('HSET', key, unpack(changed))
  return true
end

--- Redis' own clock, in microseconds; `ahead_ms` is for tests in which time passes.
local function clock_us(ahead_ms)
  local time = call('TIME')
  return (time[1] * 1000 + tonumber(ahead_ms)) * 1000 + time[2]
end

local function open_lane(base, subscriber, now_us)
  local lane = {
    base = base,
    subscriber = subscriber,
    now_us = now_us,
    now = math.floor(now_us / 1000),
    key = base .. 'lane:' .. subscriber,
    keys = {},
    events = {},
    publish = {},
    wakes = {},
    notices = {},
    sizes = {},
  }
  read_hash(lane.key, lane, LANE)
  lane.tick = lane.tick + 1
  lane.paused_op_was = lane.paused_op
  local subscription =
    call('HMGET', base .. 'subscription:' .. subscriber, 'max_in_flight', 'max_per_second', 'rendering', 'document')
  lane.subscribed = subscription[1] ~= false
  lane.max_in_flight = tonumber(subscription[1] or 0)
  if lane.max_in_flight == 0 then lane.max_in_flight = POLICY.max_in_flight end
  lane.max_per_second = tonumber(subscription[2] or 0)
  lane.rendering = subscription[3] or ''
  lane.document = subscription[4]
  return lane
end

--- The lane that a script was called for: KEYS[1] is its key, ARGV its clock's lead and its subscriber.
local function lane_of_call()
  local base = string.sub(KEYS[1], 1, -(#ARGV[2] + #'lane:' + 1))
  return open_lane(base, ARGV[2], clock_us(ARGV[1]))
end

--- The key of one of the lane's collections.
local function key_of(lane, kind)
  local key = lane.keys[kind]
  if not key then
    key = lane.base .. kind .. ':' .. lane.subscriber
    lane.keys[kind] = key
  end
  return key
end

--- A collection's size that was asked for is kept up, so that a transition asks once.
local function resized(lane, kind, by)
  local known = lane.sizes[kind]
  if known then lane.sizes[kind] = known + by end
end

local function size(lane, kind)
  local known = lane.sizes[kind]
  if not known then
    known = call('ZCARD', key_of(lane, kind))
    lane.sizes[kind] = known
  end
  return known
end

--- Every collection has a lifetime, given when it comes to be and renewed once a day by `save_lane`.
local function zadd(lane, kind, score, member)
  local key = key_of(lane, kind)
  local filled = (lane.sizes[kind] or 0) > 0
  resized(lane, kind, call('ZADD', key, score, member))
  if not filled then call('PEXPIRE', key, LANE_LIFE_MS, 'NX') end
end

local function zrem(lane, kind, member)
  local removed = call('ZREM', key_of(lane, kind), member)
  resized(lane, kind, -removed)
  return removed
end

--- The member with the lowest score, and that score; nil in an empty collection.
local function head(lane, kind)
  if lane.sizes[kind] == 0 then return nil end
  local found = call('ZRANGE', key_of(lane, kind), 0, 0, 'WITHSCORES')
  if not found[1] then lane.sizes[kind] = 0 end
  return found[1], tonumber(found[2])
end

--- Count something for the subscriber's statement of the day.
local function count(lane, what)
  local key = lane.base .. 'day:' .. lane.subscriber .. '/' .. math.floor(lane.now / DAY_MS)
  if call('HINCRBY', key, what, 1) == 1 then call('PEXPIRE', key, POLICY.statement_retention_ms, 'NX') end
end

local function notice(lane, kind, event_id, why)
  for _, field in ipairs({ kind, event_id, why }) do lane.notices[#lane.notices + 1] = field end
end

local function paused(lane)
  return lane.paused_x > 0 or lane.paused_op > 0
end

--- Whether a lane was paused or resumed and nobody was told. That is done by whoever publishes or by an operator, and
--- told of by the next worker that comes, the sweep's if no other: those who listen are there, and an LMS is not held
--- up by them. What was undone before anybody heard of it is not told at all.
local function untold(lane)
  return paused(lane) ~= (lane.told == 1)
end

local function tell(lane, event_id, why)
  lane.told = paused(lane) and 1 or 0
  notice(lane, lane.told == 1 and 'subscriber.paused' or 'subscriber.resumed', event_id, why)
end

local function tell_untold(lane)
  if untold(lane) then tell(lane, '', lane.because) end
end

--- Whether nothing goes to this lane: attempts used up, an operator's pause, or no subscription.
local function standing(lane)
  return paused(lane) or not lane.subscribed
end

--- Until when the lane waits: `Retry-After`, or `max_per_second` beyond what a worker sleeps in its slot.
local function gate(lane)
  local pace = lane.max_per_second > 0 and lane.next_at - POLICY.pace_in_slot_ms or 0
  return math.ceil(math.max(lane.wait_until, pace))
end

--- What a person set has no lifetime: the lane stays while an operator's pause stands.
local function renew(lane)
  for _, kind in ipairs(LANE_COLLECTIONS) do call('PEXPIRE', key_of(lane, kind), LANE_LIFE_MS) end
  if lane.paused_op > 0 then
    call('PERSIST', lane.key)
  else
    call('PEXPIRE', lane.key, POLICY.statement_retention_ms)
  end
end

local function save_lane(lane)
  local today = math.floor(lane.now / DAY_MS)
  local day_was = lane.day
  -- A transition that changed nothing is not counted, and its day is not noted.
  if not write_hash(lane.key, lane, LANE, lane.touched and 0 or 1) then return end
  if day_was ~= today then call('HSET', lane.key, 'day', today) end
  if day_was ~= today or lane.paused_op ~= lane.paused_op_was then renew(lane) end
end
