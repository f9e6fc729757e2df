-- A lane: one subscriber's own pace. Its hash is read once, changed in memory and written back once, by `answer`.

local call = redis.call

--- How long a lane's collections live after they were last used: longer than anything that they can hold.
local LANE_LIFE_MS = POLICY.retention_ms + POLICY.delivered_retention_ms
local DAY_MS = 86400000

local LANE_FIELDS = {
  'window', 'fails', 'paused_x', 'paused_op', 'wait_until', 'next_at', 'last_ok', 'tick', 'seq', 'retrying',
  'attention', 'day', 'last_at',
}
local LANE_TEXTS = { 'probe', 'why', 'last' }
local LANE_COLLECTIONS = { 'held', 'used', 'retries', 'queued', 'leases', 'wakes', 'open', 'done', 'refused' }

--- Read fields of a hash into `into`, numbers as 0 and texts as '' where absent; answer whether the hash was there.
local function read_hash(key, into, numbers, texts)
  local names = {}
  for _, name in ipairs(numbers) do names[#names + 1] = name end
  for _, name in ipairs(texts) do names[#names + 1] = name end
  local values = call('HMGET', key, unpack(names))
  local found = false
  into.was = {}
  for position, name in ipairs(names) do
    local value = values[position]
    found = found or value ~= false
    if position <= #numbers then value = tonumber(value or 0) else value = value or '' end
    into[name] = value
    into.was[name] = value
  end
  return found
end

--- Write back what changed since `read_hash`; answer whether anything had.
local function write_hash(key, from)
  local changed = {}
  for name, was in pairs(from.was) do
    if from[name] ~= was then
      changed[#changed + 1] = name
      changed[#changed + 1] = from[name]
      from.was[name] = from[name]
    end
  end
  if #changed > 0 then call('HSET', key, unpack(changed)) end
  return #changed > 0
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
    events = {},
    publish = {},
    wake = {},
    notices = {},
  }
  read_hash(lane.key, lane, LANE_FIELDS, LANE_TEXTS)
  if lane.window == 0 then lane.window, lane.was.window = 1, 1 end
  lane.tick = lane.tick + 1
  lane.was.tick = lane.tick
  for _, kind in ipairs(LANE_COLLECTIONS) do lane[kind .. '_key'] = base .. kind .. ':' .. subscriber end
  local subscription = call('HMGET', base .. 'subscription:' .. subscriber, 'max_in_flight', 'max_per_second')
  lane.subscribed = subscription[1] ~= false
  lane.max_in_flight = tonumber(subscription[1] or 0)
  if lane.max_in_flight == 0 then lane.max_in_flight = POLICY.max_in_flight end
  lane.max_per_second = tonumber(subscription[2] or 0)
  return lane
end

--- The lane that a script was called for: KEYS[1] is its key, ARGV its clock's lead and its subscriber.
local function lane_of_call()
  local base = string.sub(KEYS[1], 1, -(#ARGV[2] + #'lane:' + 1))
  return open_lane(base, ARGV[2], clock_us(ARGV[1]))
end

--- Every collection has a lifetime, given when it comes to be and renewed once a day by `save_lane`.
local function zadd(lane, kind, score, member)
  local key = lane[kind .. '_key']
  call('ZADD', key, score, member)
  call('PEXPIRE', key, LANE_LIFE_MS, 'NX')
end

local function head(lane, kind)
  local found = call('ZRANGE', lane[kind .. '_key'], 0, 0, 'WITHSCORES')
  return found[1], tonumber(found[2])
end

local function count(lane, what)
  local key = lane.base .. 'day:' .. lane.subscriber .. '/' .. math.floor(lane.now / DAY_MS)
  call('HINCRBY', lane.key, what, 1)
  call('HINCRBY', key, what, 1)
  call('PEXPIRE', key, POLICY.statement_retention_ms, 'NX')
  lane.touched = true
end

local function notice(lane, kind, event_id, why)
  for _, field in ipairs({ kind, event_id, why }) do lane.notices[#lane.notices + 1] = field end
end

--- Whether nothing goes to this lane: attempts used up, an operator's pause, or no subscription.
local function standing(lane)
  return lane.paused_x > 0 or lane.paused_op > 0 or not lane.subscribed
end

--- Until when the lane waits: `Retry-After`, or `max_per_second` beyond what a worker sleeps in its slot.
local function gate(lane)
  local pace = lane.max_per_second > 0 and lane.next_at - POLICY.pace_in_slot_ms or 0
  return math.ceil(math.max(lane.wait_until, pace))
end

--- What a person set has no lifetime: the lane stays while an operator's pause stands.
local function renew(lane)
  for _, kind in ipairs(LANE_COLLECTIONS) do call('PEXPIRE', lane[kind .. '_key'], LANE_LIFE_MS) end
  if lane.paused_op > 0 then
    call('PERSIST', lane.key)
  else
    call('PEXPIRE', lane.key, POLICY.statement_retention_ms)
  end
end

local function save_lane(lane)
  local pause_changed = lane.paused_op ~= lane.was.paused_op
  local changed = write_hash(lane.key, lane)
  if not changed and not lane.touched then return end
  local today = math.floor(lane.now / DAY_MS)
  local new_day = lane.day ~= today
  lane.day = today
  call('HSET', lane.key, 'tick', lane.tick, 'day', today)
  if new_day or pause_changed then renew(lane) end
end
