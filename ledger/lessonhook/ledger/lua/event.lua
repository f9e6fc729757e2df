-- An event: its hash, its body and its attempts. What it is in is decided here and in `order`, nowhere else.

local EVENT_FIELDS = {
  'seq', 'completed', 'n', 'used', 'spent_mark', 'ok_mark', 'due', 'window_at_admit', 'erasing', 'leases_lost',
  'republished', 'queued_at', 'posts', 'closed_at',
}
local EVENT_TEXTS = { 'state', 'pair', 'token' }
local FINAL = { delivered = true, refused = true, expired = true, erased = true }
--- The sweep expires an undelivered event at its retention; its keys outlive that, in case that nobody sweeps.
local EVENT_LIFE_MS = POLICY.retention_ms + POLICY.delivered_retention_ms

local function event_key(lane, kind, id)
  return lane.base .. kind .. ':' .. lane.subscriber .. '/' .. id
end

--- An event as it is, read at most once in a transition; nil if the ledger does not know it.
local function load(lane, id)
  local event = lane.events[id]
  if event == nil then
    event = { id = id }
    if not read_hash(event_key(lane, 'event', id), event, EVENT_FIELDS, EVENT_TEXTS) then event = false end
    lane.events[id] = event
  end
  return event or nil
end

local function new_event(lane, id, body, pair, completed)
  lane.seq = math.max(lane.seq + 1, lane.now_us)
  local event = { id = id, was = {} }
  for _, name in ipairs(EVENT_FIELDS) do
    event[name] = 0
    event.was[name] = 0
  end
  for _, name in ipairs(EVENT_TEXTS) do
    event[name] = ''
    event.was[name] = ''
  end
  event.seq, event.pair, event.completed, event.ok_mark = lane.seq, pair, completed, lane.tick
  event.fresh = true
  lane.events[id] = event
  call('SET', event_key(lane, 'body', id), body, 'PX', EVENT_LIFE_MS)
  zadd(lane, 'open', event.seq, id)
  count(lane, 'recorded')
  return event
end

local function save_events(lane)
  for id, event in pairs(lane.events) do
    if event then
      local key = event_key(lane, 'event', id)
      local changed = write_hash(key, event)
      if event.fresh then
        call('PEXPIRE', key, EVENT_LIFE_MS)
      elseif changed and event.life then
        for _, kind in ipairs({ 'event', 'body', 'attempts' }) do
          call('PEXPIRE', event_key(lane, kind, id), event.life)
        end
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
  for _, kind in ipairs({ 'held', 'used', 'retries', 'queued', 'leases', 'open' }) do
    call('ZREM', lane[kind .. '_key'], id)
  end
  if lane.probe == id then lane.probe = '' end
  count(lane, 'expired')
  notice(lane, 'event.expired', id, 'its record is gone from Redis')
end
