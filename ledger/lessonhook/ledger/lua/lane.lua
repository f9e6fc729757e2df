-- A lane: one subscriber's own pace. Its hash is read once, changed in memory and written back once, by `answer`.

local call = redis.call

local DAY_MS = 86400000

--- What a lane's hash holds, and what a field is that is not there; `tick` counts transitions that changed something.
local function fresh_lane()
  return {
    tick = 0, window = 1, fails = 0, paused_x = 0, paused_op = 0, wait_until = 0, next_at = 0, last_ok = 0, seq = 0,
    retrying = 0, attention = 0, day = 0, last_at = 0, recorded = 0, delivered = 0, expired = 0, erased = 0,
    unconfirmed = 0, took = 0, told = 0, probe = '', why = '', last = '', because = '',
  }
end

--- Read a hash's fields over their defaults, and into the types of those; what a newer release has added is left
--- alone. Answer `into`, in which a field is looked up there until it is set.
local function read_fields(found, was, into)
  for at = 1, #found, 2 do
    local field, value = found[at], found[at + 1]
    local default = was[field]
    if default then was[field] = default == '' and value or tonumber(value) or default end
  end
  into.was = was
  return setmetatable(into, { __index = was })
end

--- Write back what changed since `read_fields`, if more than `but` fields did; answer whether it was written.
local function write_hash(key, from, but)
  local changed, length, was = {}, 0, from.was
  for field, value in pairs(from) do
    local before = was[field]
    if before and value ~= before then
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

--- What the lane's rules need to know of its subscription, which is written by `subscribe` alone.
local function read_subscription(base, subscriber)
  local read =
    call('HMGET', base .. 'subscription:' .. subscriber, 'max_in_flight', 'max_per_second', 'rendering', 'document')
  local max_in_flight = tonumber(read[1] or 0)
  return {
    there = read[1] ~= false,
    max_in_flight = max_in_flight > 0 and max_in_flight or POLICY.max_in_flight,
    max_per_second = tonumber(read[2] or 0),
    rendering = read[3] or '',
    document = read[4],
  }
end

local function open_lane(base, subscriber, now_us)
  local found = call('HGETALL', base .. 'lane:' .. subscriber)
  local lane = read_fields(found, fresh_lane(), {
    base = base,
    subscriber = subscriber,
    now_us = now_us,
    now = math.floor(now_us / 1000),
    subscription = read_subscription(base, subscriber),
    events = {},
    sizes = {},
    -- What is answered, see `add`; most often nothing.
    publish = false,
    wakes = false,
    notices = false,
    given = false,
  })
  lane.tick = lane.tick + 1
  return lane
end

--- The lane that a script was called for: KEYS[1] is its key, ARGV its clock's lead and its subscriber.
local function lane_of_call()
  local base = string.sub(KEYS[1], 1, -(#ARGV[2] + #'lane:' + 1))
  return open_lane(base, ARGV[2], clock_us(ARGV[1]))
end

--- The key of one of the lane's collections.
local function key_of(lane, kind)
  return lane.base .. kind .. ':' .. lane.subscriber
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
  if not filled then call('PEXPIRE', key, POLICY.life_ms, 'NX') end
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

--- Add three fields to one of the lists that are answered.
local function add(lane, list, first, second, third)
  local fields = lane[list] or {}
  lane[list] = fields
  local length = #fields
  fields[length + 1], fields[length + 2], fields[length + 3] = first, second, third
end

local function notice(lane, kind, event_id, why)
  add(lane, 'notices', kind, event_id, why)
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
  return paused(lane) or not lane.subscription.there
end

--- Until when the lane waits: `Retry-After`, or `max_per_second` beyond what a worker sleeps in its slot.
local function gate(lane)
  local pace = lane.subscription.max_per_second > 0 and lane.next_at - POLICY.pace_in_slot_ms or 0
  return math.ceil(math.max(lane.wait_until, pace))
end

--- What a person set has no lifetime: the lane stays while an operator's pause stands.
local function renew(lane)
  for _, kind in ipairs({ 'held', 'used', 'retries', 'queued', 'leases', 'wakes', 'open', 'done', 'refused' }) do
    call('PEXPIRE', key_of(lane, kind), POLICY.life_ms)
  end
  if lane.paused_op > 0 then
    call('PERSIST', key_of(lane, 'lane'))
  else
    call('PEXPIRE', key_of(lane, 'lane'), POLICY.statement_retention_ms)
  end
end

local function save_lane(lane)
  local today = math.floor(lane.now / DAY_MS)
  -- A transition that changed nothing is not counted, and its day is not noted.
  local key = key_of(lane, 'lane')
  if not write_hash(key, lane, lane.touched and 0 or 1) then return end
  local new_day = lane.day ~= today
  if new_day then call('HSET', key, 'day', today) end
  if new_day or lane.paused_op ~= lane.was.paused_op then renew(lane) end
end
