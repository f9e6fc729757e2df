-- Rules: the order of one learner and one lesson (a pair), and the sets in which events wait.
--
-- A waiting set (`held`, `exhausted`, `retries`) holds only events with nothing ahead, so that `choose` reads heads and
-- never walks. An event with something ahead stands in the `order` set of its pair alone. That set is sorted by
-- `completed_at`, then by record order. Its first event enters its waiting set when no event of the pair has a slot.
--
-- Backfilled events, which tell the past, have waiting sets of their own: `backfill` and `backfill-retries`. A live event
-- must not wait for the past. So a backfilled event with a live one of its pair behind it waits with the live events.

local function order_key(lane, pair)
  return event_key(lane, 'order', pair)
end

--- Return an event's member in the `order` set. It sorts by record order among equal `completed_at`. The sign behind the
--- number tells a backfilled event from a live one.
local function order_member(event)
  return string.format(event.backfill == 1 and '%016.0f;%s' or '%016.0f:%s', event.recorded_us, event.id)
end

local function is_member_live(member)
  return string.sub(member, 17, 17) == ':'
end

local function id_of_member(member)
  return string.sub(member, 18)
end

--- Return whether an event waits apart from the live ones.
local function waits_apart(event)
  return event.backfill == 1 and event.ahead_of_live == 0
end

--- How many events of a pair are looked through for a live one. More completions of one lesson by one learner that are all
--- undelivered are not to be expected.
local PAIR_AT_ONCE = 1000

local function has_live_in_pair(lane, pair)
  for _, member in ipairs(call('ZRANGE', order_key(lane, pair), 0, PAIR_AT_ONCE - 1)) do
    if is_member_live(member) then return true end
  end
  return false
end

--- Add a held or retrying event with nothing ahead to its waiting set. A backfilled event that waits apart is no probe,
--- because a probe goes first and alone.
local function enter_waiting(lane, event)
  if waits_apart(event) then
    if has_live_in_pair(lane, event.pair) then
      event.ahead_of_live = 1
    elseif lane.probe == event.id then
      lane.probe = ''
    end
  end
  if event.state == 'retrying' then
    zadd(lane, waits_apart(event) and 'backfill-retries' or 'retries', event.due_at, event.id)
  elseif waits_apart(event) then
    zadd(lane, 'backfill', event.recorded_us, event.id)
  else
    zadd(lane, is_exhausted(lane, event) and 'exhausted' or 'held', event.recorded_us, event.id)
  end
end

--- Remove an event from its waiting set, if it is in one.
local function leave_waiting(lane, event)
  if event.state == 'retrying' then
    zrem(lane, waits_apart(event) and 'backfill-retries' or 'retries', event.id)
  elseif event.state == 'held' and waits_apart(event) then
    zrem(lane, 'backfill', event.id)
  elseif event.state == 'held' then
    zrem(lane, 'held', event.id)
    if event.exhausted == 1 then zrem(lane, 'exhausted', event.id) end
  end
end

local function is_waiting(lane, event)
  local kinds = event.state == 'retrying' and { 'retries' } or { 'held', 'exhausted' }
  if waits_apart(event) then kinds = event.state == 'retrying' and { 'backfill-retries' } or { 'backfill' } end
  for _, kind in ipairs(kinds) do
    if call('ZSCORE', key_of(lane, kind), event.id) then return true end
  end
  return false
end

--- Return the first event of a pair, and whether it is the only one; nil if there is none.
local function first_of_pair(lane, pair)
  local key = order_key(lane, pair)
  while true do
    local members = call('ZRANGE', key, 0, 1)
    if not members[1] then return nil end
    local event = load_event(lane, id_of_member(members[1]))
    if event then return event, not members[2] end
    call('ZREM', key, members[1])
  end
end

--- Return whether an event of a pair has a slot. A lane has few slots, so this reads all of them.
local function has_pair_in_slot(lane, pair)
  for _, kind in ipairs({ 'queued', 'leases' }) do
    for _, id in ipairs(call('ZRANGE', key_of(lane, kind), 0, -1)) do
      local event = load_event(lane, id)
      if event and event.pair == pair then return true end
    end
  end
  return false
end

--- Let the first event of a pair wait for a slot, if nothing is ahead of it now.
local function advance_pair(lane, pair)
  local event, is_only = first_of_pair(lane, pair)
  if not event or FINAL[event.state] or event.state == 'queued' or event.state == 'delivering' then return end
  if is_only or not has_pair_in_slot(lane, pair) then enter_waiting(lane, event) end
end

--- Let the first event of a pair wait with the live ones, if it is a backfilled one that waits: a live event was recorded
--- behind it.
local function let_live_follow(lane, first)
  if not waits_apart(first) or (first.state ~= 'held' and first.state ~= 'retrying') then return end
  if not is_waiting(lane, first) then return end
  leave_waiting(lane, first)
  enter_waiting(lane, first)
end

--- Count a delivered event that waited long, for the subscriber's statement; one of the past is counted as such instead.
local function count_delivery(lane, event)
  if event.backfill == 1 then
    lane.backfill_delivered = lane.backfill_delivered + 1
    count(lane, 'backfill_delivered')
    return
  end
  if lane.now - event.recorded_us / 1000 > POLICY.late_after_ms then count(lane, 'late') end
end

--- Take an event that reached a final state out of the lane, count it, and choose how long it is kept.
local function close_event(lane, event)
  call('ZREM', order_key(lane, event.pair), order_member(event))
  if event.backfill == 1 then
    lane.backfill_open = lane.backfill_open - zrem(lane, 'backfill-open', event.id)
  else
    zrem(lane, 'open', event.id)
  end
  if lane.probe == event.id then lane.probe = '' end
  event.closed_at = lane.now
  local is_refused = event.state == 'refused'
  event.life_ms = is_refused and POLICY.retention_ms or POLICY.delivered_retention_ms
  zadd(lane, is_refused and 'refused' or 'done', lane.now, event.id)
  if event.state == 'expired' or event.state == 'erased' then wipe(lane, event) end
  -- The size of the set `refused` is the count of refused events.
  if not is_refused then lane[event.state] = lane[event.state] + 1 end
  count(lane, event.state)
  if event.state == 'delivered' then count_delivery(lane, event) end
end

--- Return whether a newer completion of an event's pair was delivered, and the subscriber wants no older one after it.
local function is_late(lane, event)
  if not lane.subscription.skips_late then return false end
  local newest = call('GET', event_key(lane, 'newest', event.pair))
  return newest and event.completed_at < tonumber(newest)
end

--- How many older completions of a pair one delivery supersedes.
local SUPERSEDED_AT_ONCE = 64

--- Remember a delivered completion as the newest of its pair, for a subscriber that wants no older one after it. Return
--- the older ones that wait; nil if the subscriber wants them.
local function remember_delivered(lane, event)
  if not lane.subscription.skips_late then return nil end
  local superseded = {}
  if not is_late(lane, event) then
    call(
      'SET', event_key(lane, 'newest', event.pair), string.format('%.0f', event.completed_at),
      'PX', POLICY.delivered_retention_ms
    )
  end
  local members = call(
    'ZRANGE', order_key(lane, event.pair), '-inf', '(' .. string.format('%.0f', event.completed_at), 'BYSCORE',
    'LIMIT', 0, SUPERSEDED_AT_ONCE
  )
  for _, member in ipairs(members) do
    local other = load_event(lane, id_of_member(member))
    if other and (other.state == 'held' or other.state == 'retrying') then superseded[#superseded + 1] = other end
  end
  return superseded
end

--- Change an event's state. Every change goes through here, so that an event stands in exactly one place.
local function change_state(lane, event, state)
  local old = event.state
  leave_waiting(lane, event)
  if old == 'retrying' then lane.retrying = lane.retrying - 1 end
  if old == 'queued' then zrem(lane, 'queued', event.id) end
  if old == 'delivering' then
    zrem(lane, 'leases', event.id)
    event.token = ''
  end
  event.state = state
  if state == 'queued' or state == 'delivering' then return end
  if state == 'retrying' then lane.retrying = lane.retrying + 1 end
  if FINAL[state] then close_event(lane, event) end
  if state == 'delivered' then
    for _, late in ipairs(remember_delivered(lane, event) or {}) do change_state(lane, late, 'superseded') end
  end
  -- In a lane at rest, nothing of the pair can wait.
  if not FINAL[state] or not is_at_rest(lane) then advance_pair(lane, event.pair) end
end
