-- Rules: an event, with its hash, its body and its attempts. Only this file and `order` decide where an event stands.

--- Every field of an event's hash with the value of one that is absent. `docs/internals/keys.md` explains them.
local EVENT_DEFAULTS = {
  recorded_us = 0, completed_at = 0, failed_attempts = 0, exhausted = 0, exhausted_at_tick = 0, last_ok_seen = 0,
  due_at = 0, window_at_admit = 0, erasing = 0, leases_lost = 0, workers_lost = 0, given_back = 0, republished = 0,
  queued_at = 0, on_retries_queue = 0, posts = 0, closed_at = 0, closed_because = '', state = '', pair = '', token = '',
  traceparent = '', erased_by = '', backfill = 0, ahead_of_live = 0,
}
local EVENT_FIELDS = { __index = EVENT_DEFAULTS }

--- The states in which nothing can happen to an event any more.
local FINAL = {
  delivered = true, refused = true, superseded = true, expired = true, erased = true, dropped = true,
}

local function event_key(lane, kind, id)
  return lane.base .. kind .. ':' .. lane.subscriber .. '/' .. id
end

local function read_event(stored, id)
  local before = {
    state = nil, recorded_us = nil, pair = nil, completed_at = nil, last_ok_seen = nil, queued_at = nil, token = nil,
    posts = nil, window_at_admit = nil, traceparent = nil, __index = nil,
  }
  return read_fields(stored, EVENT_FIELDS, before, {
    id = id, before = nil, state = nil, token = nil, posts = nil, window_at_admit = nil, closed_at = nil, life_ms = nil,
  })
end

--- Return an event, read at most once in a transition; nil if the ledger does not know it.
local function load_event(lane, id)
  local event = lane.events[id]
  if event == nil then
    local stored = call('HGETALL', event_key(lane, 'event', id))
    event = stored[1] ~= nil and read_event(stored, id)
    lane.events[id] = event
  end
  return event or nil
end

--- Write the events that changed. A new one, one that was closed and one that got an attempt need a lifetime, too.
local function save_events(lane)
  for id, event in pairs(lane.events) do
    if event then
      local key = event_key(lane, 'event', id)
      local is_written = write_changes(key, event, 0)
      if event.is_new and not event.life_ms then
        call('PEXPIRE', key, LIFE_MS)
      elseif is_written and event.life_ms then
        call('PEXPIRE', key, event.life_ms)
        call('PEXPIRE', event_key(lane, 'body', id), event.life_ms)
        call('PEXPIRE', event_key(lane, 'attempts', id), event.life_ms)
      elseif event.has_new_attempt then
        call('PEXPIRE', event_key(lane, 'attempts', id), math.max(call('PTTL', key), 1))
      end
    end
  end
end

--- Return whether an event has no attempts left. An exhausted event gets a new count of attempts when its lane accepts
--- another event, or when it becomes the probe.
local function is_exhausted(lane, event)
  return event.exhausted == 1 and lane.last_ok_tick <= event.exhausted_at_tick
end

--- Delete what an event says, and what endpoints responded to it.
local function wipe(lane, event)
  call('DEL', event_key(lane, 'body', event.id), event_key(lane, 'attempts', event.id))
end

--- Count an event as expired whose hash is gone: Redis evicted it, or its lifetime ended because nobody swept.
local function forget(lane, id)
  for _, kind in ipairs({ 'held', 'exhausted', 'queued', 'leases', 'open', 'ids' }) do zrem(lane, kind, id) end
  if zrem(lane, 'retries', id) == 1 then lane.retrying = lane.retrying - 1 end
  if lane.backfill_open > 0 then
    zrem(lane, 'backfill', id)
    if zrem(lane, 'backfill-retries', id) == 1 then lane.retrying = lane.retrying - 1 end
    lane.backfill_open = lane.backfill_open - zrem(lane, 'backfill-open', id)
  end
  if lane.probe == id then lane.probe = '' end
  lane.expired = lane.expired + 1
  count(lane, 'expired')
  add_notice(lane, 'event.expired', id, 'its record is gone from Redis')
end

--- Return the event with the lowest score in a collection; nil if the collection is empty.
local function first_event(lane, kind)
  while true do
    local id = head(lane, kind)
    if not id then return nil end
    local event = load_event(lane, id)
    if event then return event end
    forget(lane, id)
  end
end
