-- Rules: a lane, which is one subscriber's own queue, window, retries and pause.
--
-- A transition reads the lane's hash once, changes it in memory and writes it back once, in `reply`.
-- Each rule file defines local functions only. A script gets the functions that it uses, and no others.

local DAY_MS = 86400000

--- No pace is slower than one POST an hour, whatever an older release has saved.
local SLOWEST_PACE_MS = 3600000

--- Every field of a lane's hash with the value of one that is absent. `docs/internals/keys.md` explains them.
local LANE_DEFAULTS = {
  tick = 0, window = 1, failures_in_a_row = 0, paused_exhausted_at = 0, paused_operator_at = 0, wait_until = 0,
  next_post_at = 0, last_ok_tick = 0, last_recorded_us = 0, retrying = 0, attention_at = 0, renewed_on_day = 0,
  last_attempt_at = 0, recorded = 0, delivered = 0, superseded = 0, expired = 0, erased = 0, dropped = 0,
  unconfirmed = 0, last_duration_ms = 0,
  announced_paused = 0, latest_ms = 0, probe = '', pause_reason = '', last_outcome = '', resume_reason = '',
  paused_by = '', next_fetch_at = 0, given_back_because = '',
  backfill_open = 0, backfill_recorded = 0, backfill_delivered = 0, backfill_stopped_at = 0, next_backfill_at = 0,
  last_backfilled_us = 0,
}
local LANE_FIELDS = { __index = LANE_DEFAULTS }

--- Return Redis' own clock in microseconds. Tests move it ahead by `ahead_ms` to let time pass.
local function clock_us(ahead_ms)
  local time = call('TIME')
  return (time[1] * 1000 + ahead_ms) * 1000 + time[2]
end

--- Return what the lane's rules need of its subscription. Only `subscribe` and `unsubscribe` write it.
local function read_subscription(base, subscriber)
  local fields = call('HMGET', base .. 'subscription:' .. subscriber, 'max_in_flight', 'max_per_second', 'rendering',
    'document', 'late_completions', 'pull')
  local max_in_flight = (fields[1] or 0) + 0
  return {
    exists = fields[4] ~= false,
    max_in_flight = max_in_flight > 0 and math.min(max_in_flight, POLICY.max_in_flight_ceiling) or POLICY.max_in_flight,
    max_per_second = (fields[2] or 0) + 0,
    rendering = fields[3] or '',
    document = fields[4],
    skips_late = fields[5] == '1',
    is_pull = fields[6] == '1',
  }
end

local function open_lane(base, subscriber, now_us)
  local stored = call('HGETALL', base .. 'lane:' .. subscriber)
  -- A table that names its fields has room for them from the beginning; one that grows is made anew again and again.
  local before = {
    tick = nil, window = nil, last_ok_tick = nil, last_recorded_us = nil, attention_at = nil, renewed_on_day = nil,
    last_attempt_at = nil, recorded = nil, delivered = nil, last_duration_ms = nil, latest_ms = nil, last_outcome = nil,
    failures_in_a_row = nil, retrying = nil, __index = nil,
  }
  local lane = read_fields(stored, LANE_FIELDS, before, {
    base = base,
    subscriber = subscriber,
    now_us = now_us,
    now = math.floor(now_us / 1000),
    subscription = read_subscription(base, subscriber),
    events = {},
    sizes = {
      open = nil, held = nil, exhausted = nil, retries = nil, queued = nil, leases = nil, done = nil, wakes = nil,
    },
    -- Parts of the reply, see `append_reply`. Most replies have none of them.
    publish = false,
    wakes = false,
    notices = false,
    delivery = false,
    -- What transitions set most often.
    before = nil, tick = nil, recorded = nil, delivered = nil, last_recorded_us = nil, last_attempt_at = nil,
    window = nil, has_new_event = nil,
  })
  lane.tick = lane.tick + 1
  return lane
end

--- Return what every key of the shard begins with. KEYS[1] is the key of the lane, ARGV[2] its subscriber.
local function base_of_call()
  return string.sub(KEYS[1], 1, -(#ARGV[2] + #'lane:' + 1))
end

--- Open the lane that the script was called for. ARGV[1] is how far its clock is ahead, in milliseconds.
local function lane_of_call()
  return open_lane(base_of_call(), ARGV[2], clock_us(ARGV[1]))
end

local function change_size(lane, kind, by)
  local known = lane.sizes[kind]
  if known then lane.sizes[kind] = known + by end
end

--- Add scores and members to a collection. A new collection gets its lifetime here; `save_lane` renews it once a day.
local function add_members(lane, kind, ...)
  local key = lane.base .. kind .. ':' .. lane.subscriber
  local was_filled = (lane.sizes[kind] or 0) > 0
  change_size(lane, kind, call('ZADD', key, ...))
  if not was_filled then call('PEXPIRE', key, LIFE_MS, 'NX') end
end

--- Add to a collection what `zadd` has gathered for it.
local function add_gathered(lane, kind)
  local members = lane.gathered and lane.gathered[kind]
  if not members then return end
  lane.gathered[kind] = nil
  add_members(lane, kind, unpack(members))
end

--- Add everything that was gathered, and gather no more.
local function add_all_gathered(lane)
  for kind in pairs(lane.gathered) do add_gathered(lane, kind) end
  lane.gathered = nil
end

--- Return the key of one of the lane's collections, to which all is added that was gathered for it.
local function key_of(lane, kind)
  if lane.gathered then add_gathered(lane, kind) end
  return lane.base .. kind .. ':' .. lane.subscriber
end

--- Return the size of a collection. It is asked of Redis once in a transition; `zadd` and `zrem` keep it right.
local function size(lane, kind)
  if lane.gathered then add_gathered(lane, kind) end
  local known = lane.sizes[kind]
  if not known then
    known = call('ZCARD', key_of(lane, kind))
    lane.sizes[kind] = known
  end
  return known
end

--- Add to a collection. A transition of many events gathers what it adds until something asks for the collection.
local function zadd(lane, kind, score, member)
  if not lane.gathered then return add_members(lane, kind, score, member) end
  local members = lane.gathered[kind] or {}
  lane.gathered[kind] = members
  members[#members + 1], members[#members + 2] = score, member
end

--- Remove from a collection, and return how many were in it. One that is known to be empty costs no command.
local function zrem(lane, kind, ...)
  if lane.gathered then add_gathered(lane, kind) end
  if lane.sizes[kind] == 0 then return 0 end
  local removed = call('ZREM', key_of(lane, kind), ...)
  change_size(lane, kind, -removed)
  return removed
end

--- Note that the collections of undelivered events are empty, so that none of them costs a command; `queued` has the
--- size that is given.
local function note_empty(lane, queued)
  local sizes = lane.sizes
  sizes.held, sizes.exhausted, sizes.retries, sizes.leases, sizes.queued = 0, 0, 0, 0, queued
end

--- Return whether the lane has no undelivered event. All collections of undelivered events are empty then: each of their
--- members is in `open` or in `backfill-open` as well.
local function is_at_rest(lane)
  if lane.backfill_open > 0 or size(lane, 'open') > 0 then return false end
  note_empty(lane, 0)
  return true
end

--- Return whether a queued event is the lane's only undelivered one, as most are.
local function is_alone(lane, event)
  if lane.backfill_open > 0 then return false end
  local first = call('ZRANGE', key_of(lane, 'open'), 0, 1)
  if first[1] ~= event.id or first[2] then return false end
  lane.sizes.open = 1
  note_empty(lane, 1)
  return true
end

--- Return the member with the lowest score, and that score; nil for an empty collection.
local function head(lane, kind)
  if lane.gathered then add_gathered(lane, kind) end
  if lane.sizes[kind] == 0 then return nil end
  local first = call('ZRANGE', key_of(lane, kind), 0, 0, 'WITHSCORES')
  if not first[1] then lane.sizes[kind] = 0 end
  return first[1], tonumber(first[2])
end

--- Return how many retries are due. In a stopped lane they wait like held events, and are shown so.
local function due_retries(lane)
  local due = call('ZCOUNT', key_of(lane, 'retries'), '-inf', lane.now)
  if lane.backfill_open > 0 then due = due + call('ZCOUNT', key_of(lane, 'backfill-retries'), '-inf', lane.now) end
  return due
end

--- Add to a count of the subscriber's statement for this day: one, or `by`.
local function count(lane, what, by)
  local key = lane.base .. 'day:' .. lane.subscriber .. '/' .. math.floor(lane.now / DAY_MS)
  by = by or 1
  if call('HINCRBY', key, what, by) == by then call('PEXPIRE', key, POLICY.statement_retention_ms, 'NX') end
end

--- Append three values to one of the reply's lists: `publish`, `wakes` or `notices`.
local function append_reply(lane, list, first, second, third)
  local values = lane[list]
  if not values then
    lane[list] = { first, second, third }
    return
  end
  local length = #values
  values[length + 1], values[length + 2], values[length + 3] = first, second, third
end

local function add_notice(lane, kind, event_id, reason)
  append_reply(lane, 'notices', kind, event_id, reason)
end

--- Return whether the lane is paused: by exhausted attempts or by an operator.
local function is_paused(lane)
  return lane.paused_exhausted_at > 0 or lane.paused_operator_at > 0
end

--- Return whether the lane's pause state changed without a notice. Producers and the command line change the state but
--- send no notice, because the receivers of notices run in workers. The next worker that opens the lane sends it, at the
--- latest the sweep. If the change was reverted before that, no notice is sent.
local function is_pause_unannounced(lane)
  return is_paused(lane) ~= (lane.announced_paused == 1)
end

local function announce_pause(lane, event_id, reason)
  lane.announced_paused = is_paused(lane) and 1 or 0
  add_notice(lane, lane.announced_paused == 1 and 'subscriber.paused' or 'subscriber.resumed', event_id, reason)
end

--- Send the notice that a producer or an operator left to the next worker.
local function announce_earlier_change(lane)
  if is_pause_unannounced(lane) then
    announce_pause(lane, '', is_paused(lane) and lane.pause_reason or lane.resume_reason)
  end
end

--- Return whether nothing may be sent: the lane is paused, its subscription was removed, or its subscriber fetches.
local function stopped(lane)
  return is_paused(lane) or not lane.subscription.exists or lane.subscription.is_pull
end

--- Return the lane's next turn by `max_per_second`; 0 if it has no pace.
local function next_turn(lane)
  return lane.subscription.max_per_second > 0 and math.min(lane.next_post_at, lane.now + SLOWEST_PACE_MS) or 0
end

--- Return the time before which nothing may be sent: the end of a `Retry-After`, or the next turn by `max_per_second`.
--- A turn that is near counts as come, because a worker waits that long in its slot.
local function not_before(lane)
  -- Most lanes wait for nothing.
  if lane.wait_until == 0 and lane.subscription.max_per_second == 0 then return 0 end
  return math.ceil(math.max(lane.wait_until, next_turn(lane) - POLICY.pace_in_slot_ms, 0))
end

--- All collections of a lane.
local COLLECTIONS = {
  'held', 'exhausted', 'retries', 'queued', 'leases', 'wakes', 'open', 'done', 'refused', 'fetched', 'ids',
  'backfill', 'backfill-retries', 'backfill-open',
}

--- Renew the lifetime of the lane and its collections. Under an operator's pause the lane of a subscription gets none,
--- because a pause that a person set must not end by itself.
local function renew_lifetimes(lane)
  for _, kind in ipairs(COLLECTIONS) do call('PEXPIRE', key_of(lane, kind), LIFE_MS) end
  if lane.paused_operator_at > 0 and lane.subscription.exists then
    call('PERSIST', key_of(lane, 'lane'))
  else
    call('PEXPIRE', key_of(lane, 'lane'), POLICY.statement_retention_ms)
  end
end

--- Write the lane, unless only its `tick` and its time changed: a transition that changed nothing leaves no trace.
local function save_lane(lane)
  local key = key_of(lane, 'lane')
  lane.latest_ms = lane.now
  local ignored = lane.now ~= lane.before.latest_ms and 2 or 1
  if not write_changes(key, lane, (lane.has_followed_clock or lane.is_resubscribed) and 0 or ignored) then return end
  local today = math.floor(lane.now / DAY_MS)
  local is_new_day = lane.renewed_on_day ~= today
  if is_new_day then call('HSET', key, 'renewed_on_day', today) end
  if is_new_day or lane.is_resubscribed or lane.paused_operator_at ~= lane.before.paused_operator_at then
    renew_lifetimes(lane)
  end
end
