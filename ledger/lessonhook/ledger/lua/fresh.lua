-- Rules: a fresh event enters its lane. Only transitions that record use them.

--- Add new events' ids to those by whose beginning people find them. All scores are 0, so that Redis sorts by the ids. An id
--- that is there already is of an event whose retention is over and that no sweep has removed yet: it is removed here, or
--- the sweep would take the new event for the old one.
local function add_ids(lane, ids)
  local key, members = key_of(lane, 'ids'), {}
  for at, id in ipairs(ids) do members[2 * at - 1], members[2 * at] = '0', id end
  if call('ZADD', key, unpack(members)) < #ids then
    zrem(lane, 'done', unpack(ids))
    zrem(lane, 'refused', unpack(ids))
  end
  lane.was_at_rest = is_at_rest(lane)
  -- With another undelivered event its set was there before, and has a lifetime.
  if size(lane, 'open') == 0 then call('PEXPIRE', key, LIFE_MS, 'NX') end
end

--- How many hours after the beginning of a week, a Monday, 1970 began.
local HOURS_OF_FIRST_WEEK = 72
local HOURS_A_WEEK = 168
local SLOT_MS = 300000
local SLOTS_AN_HOUR = 12

--- Mark that something was recorded now: a bit for the hour in the subscriber's week, and a bit for the five minutes in the
--- shard's week. A subscriber whose last event is of the same five minutes has set both already, and costs no command.
local function mark_time(lane)
  local slot, last_slot = math.floor(lane.now / SLOT_MS), math.floor(lane.last_recorded_us / 1000 / SLOT_MS)
  if slot == last_slot then return end
  local hour, last_hour = math.floor(slot / SLOTS_AN_HOUR), math.floor(last_slot / SLOTS_AN_HOUR)
  local week = math.floor((hour + HOURS_OF_FIRST_WEEK) / HOURS_A_WEEK)
  local hours = lane.base .. 'hours:' .. lane.subscriber .. '/' .. week
  local published = lane.base .. 'published:' .. week
  local hour_of_week = (hour + HOURS_OF_FIRST_WEEK) % HOURS_A_WEEK
  call('SETBIT', published, hour_of_week * SLOTS_AN_HOUR + slot % SLOTS_AN_HOUR, 1)
  if hour == last_hour then return end
  call('SETBIT', hours, hour_of_week, 1)
  -- A week begins with a day, so the first marks of a new key are always those of a new day.
  if math.floor(hour / 24) ~= math.floor(last_hour / 24) then
    call('PEXPIRE', hours, POLICY.marks_retention_ms)
    call('PEXPIRE', published, POLICY.marks_retention_ms)
  end
end

--- Events older than any event is kept leave an index with one record of so many: by chance, so that no rhythm of records
--- keeps them there.
local PRUNED_ONE_IN = 16

local function note_in_index(index, digest, id, score, is_pruned)
  local members = index[digest]
  if members then
    local length = #members
    members[length + 1], members[length + 2] = score, id
  else
    members = { score, id }
    index[digest] = members
  end
  if is_pruned then members.is_pruned = true end
end

--- Note a new event for the indexes of its learner and of its lesson, by which people find events. `finish_recording` writes
--- them, because the events of one script share them.
local function note_in_indexes(lane, id, pair, recorded_us, score)
  local indexes = lane.indexes or { learner = {}, lesson = {} }
  lane.indexes = indexes
  local is_pruned = recorded_us % PRUNED_ONE_IN == 0
  note_in_index(indexes.learner, string.sub(pair, 1, 16), id, score, is_pruned)
  note_in_index(indexes.lesson, string.sub(pair, 17), id, score, is_pruned)
end

--- Store an event that the ledger does not know yet, whose id is in `ids` already. One of the past is counted with all
--- others, and apart as well.
local function new_event(lane, id, body, pair, completed_at, traceparent, is_backfill)
  local recorded_us = math.max(lane.last_recorded_us + 1, lane.last_backfilled_us + 1, lane.now_us)
  lane.recorded = lane.recorded + 1
  local event = without_stored(EVENT_FIELDS, {
    id = id, is_new = true, recorded_us = recorded_us, pair = pair, completed_at = completed_at,
    last_ok_seen = lane.tick, traceparent = traceparent,
    -- Room for what is set next, see `open_lane`.
    before = nil, state = nil, queued_at = nil, on_retries_queue = nil,
  })
  if is_backfill then
    event.backfill = 1
    lane.last_backfilled_us = recorded_us
    lane.backfill_recorded, lane.backfill_open = lane.backfill_recorded + 1, lane.backfill_open + 1
  else
    mark_time(lane)
    lane.last_recorded_us = recorded_us
  end
  lane.events[id] = event
  lane.has_new_event = true
  call('SET', event_key(lane, 'body', id), body, 'PX', LIFE_MS)
  zadd(lane, is_backfill and 'backfill-open' or 'open', recorded_us, id)
  note_in_indexes(lane, id, pair, recorded_us, recorded_us)
  return event
end

--- Give an index its lifetime, and remove what is too old from it.
local function end_index(lane, key, members)
  call('PEXPIRE', key, LIFE_MS)
  if members.is_pruned then call('ZREMRANGEBYSCORE', key, '-inf', lane.now_us - POLICY.life_ms * 1000) end
end

--- Count the events that this transition recorded, and add each to those of its learner and to those of its lesson. Nothing
--- else removes the old ones from there.
local function finish_recording(lane)
  local recorded = lane.recorded - lane.before.recorded
  if recorded == 0 then return end
  count(lane, 'recorded', recorded)
  local past = lane.backfill_recorded - lane.before.backfill_recorded
  if past > 0 then count(lane, 'backfill_recorded', past) end
  for digest, members in pairs(lane.indexes.learner) do
    local key = event_key(lane, 'learner', digest)
    call('ZADD', key, unpack(members))
    end_index(lane, key, members)
  end
  for digest, members in pairs(lane.indexes.lesson) do
    local key = event_key(lane, 'lesson', digest)
    call('ZADD', key, unpack(members))
    end_index(lane, key, members)
  end
end

--- Add a fresh event to the order of its pair. Return whether nothing is ahead of it. An earlier completion that is
--- recorded late goes ahead of the event that was first. The fresh event enters no waiting set yet, because most go at once.
--- A live event behind one of the past makes that one wait with the live ones.
local function enter_order(lane, event)
  local key = order_key(lane, event.pair)
  call('ZADD', key, event.completed_at, order_member(event))
  call('PEXPIRE', key, LIFE_MS)
  -- Most often it is the only one. For the first event of a lane at rest this is known.
  local is_only = lane.was_at_rest
  lane.was_at_rest = false
  if is_only or call('ZCARD', key) == 1 then return true end
  local members = call('ZRANGE', key, 0, 1)
  if id_of_member(members[1]) ~= event.id then
    if event.backfill == 0 and not is_member_live(members[1]) then
      local first = load_event(lane, id_of_member(members[1]))
      if first then let_live_follow(lane, first) end
    end
    return false
  end
  local second = load_event(lane, id_of_member(members[2]))
  if second then leave_waiting(lane, second) end
  return not has_pair_in_slot(lane, event.pair)
end

--- How many subscribers without a subscription are counted by name, in one shard.
local NAMED_AT_MOST = 100

--- Count a completion for a subscriber without a subscription. Most often that company has no webhook. But if the ledger was
--- emptied, it is all that can be seen of it.
local function count_unsubscribed(base, subscriber)
  local key = base .. 'unsubscribed'
  call('HINCRBY', key, '/total', 1)
  if call('HEXISTS', key, subscriber) == 1 or call('HLEN', key) <= NAMED_AT_MOST then
    call('HINCRBY', key, subscriber, 1)
  end
  call('PEXPIRE', key, POLICY.delivered_retention_ms)
end

--- Record one event of a lane whose subscription exists: store it, and give it a slot or hold it. The ledger does not know
--- it, and `add_ids` has its id. Return the event, and what was done: 'queued', 'held' or 'superseded'. A live event may lift
--- a pause for exhausted attempts. One of the past lifts none, and gets a slot only as `choose` gives it one.
local function record_fresh(lane, id, body, pair, completed_at, traceparent, is_backfill)
  local event = new_event(lane, id, body, pair, completed_at, traceparent, is_backfill)
  if is_late(lane, event) then
    -- The pair's newest delivered completion is newer. A person may still replay this one.
    change_state(lane, event, 'superseded')
    pump(lane, false)
    return event, 'superseded'
  end
  local is_first = enter_order(lane, event)
  local may_go = is_first and not is_backfill and not stopped(lane) and lane.now >= not_before(lane)
  if may_go and has_room(lane, slots_in_use(lane)) then
    enqueue(lane, event)
  else
    event.state = 'held'
    if is_first then enter_waiting(lane, event) end
    if not is_backfill and lane.paused_exhausted_at > 0 and lane.paused_operator_at == 0 then
      lane.paused_exhausted_at = 0
      lane.resume_reason = 'a fresh event'
      set_probe(lane, event)
    end
  end
  pump(lane, false)
  return event, event.state == 'queued' and 'queued' or 'held'
end

--- Return the reply of a record that writes nothing.
local function nothing_recorded(lane, known, recorded)
  return {
    lane.now, known and known.state or '', known and known.failed_attempts or 0, known and known.due_at or 0, recorded,
    false, false, false, false,
  }
end
