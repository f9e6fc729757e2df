-- An event: its hash, its body and its attempts. What it is in is decided here and in `order`, nowhere else.

--- What an event's hash holds, and what a field is that is not there.
local function blank_event()
  return {
    seq = 0, completed = 0, n = 0, used = 0, spent_mark = 0, ok_mark = 0, due = 0, window_at_admit = 0, erasing = 0,
    leases_lost = 0, republished = 0, queued_at = 0, on_retries = 0, posts = 0, closed_at = 0,
    state = '', pair = '', token = '', trace = '',
  }
end
local FINAL = { delivered = true, refused = true, expired = true, erased = true }

local function event_key(lane, kind, id)
  return lane.base .. kind .. ':' .. lane.subscriber .. '/' .. id
end

--- An event as it is, read at most once in a transition; nil if the ledger does not know it.
local function load(lane, id)
  local event = lane.events[id]
  if event == nil then
    local found = call('HGETALL', event_key(lane, 'event', id))
    event = found[1] ~= nil and read_fields(found, blank_event(), { id = id })
    lane.events[id] = event
  end
  return event or nil
end

local function save_events(lane)
  for id, event in pairs(lane.events) do
    if event then
      local key = event_key(lane, 'event', id)
      local written = write_hash(key, event, 0)
      if event.fresh then
        call('PEXPIRE', key, POLICY.life_ms)
      elseif written and event.life then
        call('PEXPIRE', key, event.life)
        call('PEXPIRE', event_key(lane, 'body', id), event.life)
        call('PEXPIRE', event_key(lane, 'attempts', id), event.life)
      elseif event.logged then
        call('PEXPIRE', event_key(lane, 'attempts', id), math.max(call('PTTL', key), 1))
      end
    end
  end
end

--- Used up, and nothing accepted since: it waits for a success, or to be the probe.
local function used_up(lane, event)
  return event.used == 1 and lane.last_ok <= event.spent_mark
end

local function wipe(lane, event)
  call('DEL', event_key(lane, 'body', event.id), event_key(lane, 'attempts', event.id))
end

--- The record of an event is gone before its time (an evicting Redis, a lifetime that nobody swept): say so, go on.
local function forget(lane, id)
  for _, kind in ipairs({ 'held', 'used', 'queued', 'leases', 'open' }) do zrem(lane, kind, id) end
  if zrem(lane, 'retries', id) == 1 then lane.retrying = lane.retrying - 1 end
  if lane.probe == id then lane.probe = '' end
  lane.expired = lane.expired + 1
  count(lane, 'expired')
  notice(lane, 'event.expired', id, 'its record is gone from Redis')
end

--- The event at the head of a collection; nil if it is empty.
local function first_on(lane, kind)
  while true do
    local id = head(lane, kind)
    if not id then return nil end
    local event = load(lane, id)
    if event then return event end
    forget(lane, id)
  end
end
