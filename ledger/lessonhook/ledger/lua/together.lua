-- Rules: fresh events that are recorded together. Most of an import can only wait in its lane. What such an event needs of
-- Redis is asked for all of them at once, and each is written without being read.

--- Return whether the ledger knows none of the events, and whether each will be the first one of its pair. If the subscriber
--- skips late completions, none of a pair may have been delivered either. One command tells all of it. If the import is not
--- new throughout, each event is looked at apart.
local function are_all_new(lane, ids, pairs_of_events)
  local keys, skips_late = {}, lane.subscription.skips_late
  for at, id in ipairs(ids) do
    local length, pair = #keys, pairs_of_events[at]
    keys[length + 1], keys[length + 2] = event_key(lane, 'event', id), order_key(lane, pair)
    if skips_late then keys[length + 3] = event_key(lane, 'newest', pair) end
  end
  return call('EXISTS', unpack(keys)) == 0
end

--- Return the ids of the events that the ledger does not know, each once.
local function unknown_ids(lane, ids, is_all_new)
  local unknown, is_listed = {}, {}
  for _, id in ipairs(ids) do
    if is_all_new then lane.events[id] = false end
    if not is_listed[id] and not load_event(lane, id) then
      is_listed[id] = true
      unknown[#unknown + 1] = id
    end
  end
  return unknown
end

--- Return whether the next event would be held as well, if it is the only one of its pair. `pump` has just found that nothing
--- may go. It looks at the oldest that waits, so another one behind that changes nothing.
local function would_hold_next(lane, is_backfill)
  if is_backfill then return size(lane, 'backfill') > 0 end
  if size(lane, 'held') == 0 then return false end
  return stopped(lane) or lane.now < not_before(lane) or not has_room(lane, slots_in_use(lane))
end

--- Return whether the first event of a call would be held as well, if all are new. No `pump` was there yet, and it would let
--- nothing go: a live event waits already, and the past has no slot to give back. A pause for exhausted attempts is not
--- lifted here.
local function would_hold_first(lane, is_backfill)
  return not is_backfill and lane.backfill_open == 0 and lane.paused_exhausted_at == 0 and would_hold_next(lane, false)
end

--- Return the fields that the events of one call have in common.
local function fields_in_common(lane, traceparent, is_backfill)
  local fields = { 'last_ok_seen', string.format('%.0f', lane.tick) }
  if traceparent ~= '' then fields[3], fields[4] = 'traceparent', traceparent end
  if is_backfill then fields[#fields + 1], fields[#fields + 2] = 'backfill', '1' end
  return fields
end

--- Hold a new event as `record_fresh` would, without a look at the lane: it is the only one of its pair, and
--- `would_hold_first` or `would_hold_next` was true.
local function hold_next(lane, id, body, pair, completed_at, fields, is_backfill)
  local recorded_us = math.max(lane.last_recorded_us + 1, lane.last_backfilled_us + 1, lane.now_us)
  -- Redis gets these digits in several places.
  local digits = string.format('%016.0f', recorded_us)
  local key = event_key(lane, 'event', id)
  local order = order_key(lane, pair)
  if not is_backfill and lane.recorded == lane.before.recorded then mark_time(lane) end
  lane.recorded = lane.recorded + 1
  lane.has_new_event = true
  if is_backfill then
    lane.last_backfilled_us = recorded_us
    lane.backfill_recorded, lane.backfill_open = lane.backfill_recorded + 1, lane.backfill_open + 1
  else
    lane.last_recorded_us = recorded_us
  end
  call('SET', event_key(lane, 'body', id), body, 'PX', LIFE_MS)
  call('ZADD', order, completed_at, digits .. (is_backfill and ';' or ':') .. id)
  call('PEXPIRE', order, LIFE_MS)
  call(
    'HSET', key, 'state', 'held', 'recorded_us', digits, 'pair', pair, 'completed_at', completed_at,
    unpack(fields)
  )
  call('PEXPIRE', key, LIFE_MS)
  zadd(lane, is_backfill and 'backfill-open' or 'open', digits, id)
  zadd(lane, is_backfill and 'backfill' or 'held', digits, id)
  note_in_indexes(lane, id, pair, recorded_us, digits)
  -- An event that follows, of the same id or the same pair, reads it from Redis.
  lane.events[id] = nil
end
