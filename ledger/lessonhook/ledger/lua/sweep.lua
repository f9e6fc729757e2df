-- sweep: repair what crashes left behind in those lanes of one shard that are due for a look.
--
--   KEYS[1]  the shard's attention
--   ARGV[1]  ms that the clock is ahead (tests only)
--   ARGV[2]  when the oldest message that waits in the queue `completions` was queued, or a time before which none of them
--            was, in ms; 0 if that is unknown, -1 if none waits
--   ARGV[3]  the same for the queue `retries`
--   ARGV[4]  how many lanes to look at, at most
--   ARGV[5]  '1' if others are delivered, so that an event whose workers are lost again and again may be set aside
--   ARGV[6]  when the caller began to read what waits in the queues, in ms
--
--   Returns  for each lane its subscriber and the reply of `reply.lua`.
--   Changes  lane, events; overdue leases and queued; expired events of open and backfill-open; old members of wakes, done,
--            refused and ids; day, attention.

local base = string.sub(KEYS[1], 1, -(#'attention' + 1))
--- By `on_retries_queue`: a long queue of retries tells nothing about the other queue.
local oldest_waiting = { [0] = tonumber(ARGV[2]), [1] = tonumber(ARGV[3]) }
local lanes_at_once, may_set_aside, read_at = ARGV[4], ARGV[5] == '1', tonumber(ARGV[6])
local now_us = clock_us(ARGV[1])
--- How many events of each kind one sweep repairs in one lane. The next sweep continues.
local EVENTS_AT_ONCE = 64
--- How many events one command removes, as many as Lua can hand over, and how many such commands one sweep of a lane makes:
--- some 20 ms of Redis, after a lane was idle for weeks.
local REMOVED_AT_ONCE, REMOVALS_AT_ONCE = 1000, 20
--- If the broker cannot tell what waits in it, a message counts as gone after this many times `republish_after_ms`.
local BLIND_FACTOR = 10
--- After each message that was lost, the next is looked for after twice the time, up to 2^4 times `republish_after_ms`.
local DOUBLINGS = 4

local function overdue(lane, kind)
  return call('ZRANGE', key_of(lane, kind), '-inf', lane.now, 'BYSCORE', 'LIMIT', 0, EVENTS_AT_ONCE)
end

--- Let an event go on whose lease ended without a settle: its worker was lost, or took longer than the lease.
local function recover(lane, event)
  event.leases_lost = event.leases_lost + 1
  add_notice(lane, 'lease.lost', event.id, 'lease ' .. event.leases_lost .. ' of this event ran out')
  if event.erasing == 1 then
    change_state(lane, event, 'erased')
    add_notice(lane, 'event.erased', event.id, 'erased while it was in flight')
  elseif not lose_worker(lane, event, 'crash: its worker was lost', may_set_aside) then
    return
  elseif stopped(lane) or lane.now < not_before(lane) or waits_apart(event) then
    change_state(lane, event, 'held')
  else
    enqueue(lane, event)
  end
end

--- Return whether an event's message can no longer be in the broker or in a worker's hands. A caller that was slow may have
--- read the queues before this message was in one of them.
local function is_message_gone(lane, event)
  if event.queued_at >= read_at then return false end
  local oldest_ms = oldest_waiting[event.on_retries_queue]
  if oldest_ms == 0 then
    return lane.now - event.queued_at >= BLIND_FACTOR * POLICY.republish_after_ms
  end
  return oldest_ms < 0 or event.queued_at < oldest_ms
end

--- Publish a queued event again if its message is gone. A slow worker is no lost message: without this question, the
--- sweep would publish a healthy backlog again and again.
local function republish(lane, event)
  if is_message_gone(lane, event) then
    -- A message that the broker never took was not lost by it.
    if event.queued_at > 0 then event.republished = math.min(event.republished + 1, DOUBLINGS) end
    enqueue(lane, event)
  else
    zadd(lane, 'queued', lane.now + POLICY.republish_after_ms, event.id)
  end
end

local function expire_old(lane, kind)
  for _ = 1, EVENTS_AT_ONCE do
    local id, recorded_us = head(lane, kind)
    if not id or math.floor(recorded_us / 1000) + POLICY.retention_ms > lane.now then return end
    local event = load_event(lane, id)
    if not event then
      forget(lane, id)
    elseif event.state == 'delivering' then
      -- The endpoint may accept it at this moment. If it does not, the next sweep expires it.
      return
    else
      change_state(lane, event, 'expired')
      add_notice(lane, 'event.expired', id, 'undelivered for the whole retention')
    end
  end
end

--- Remove events whose retention is over from `done` or `refused`, and their ids from the index. The next sweep continues.
local function remove_old(lane, kind, closed_before)
  for _ = 1, REMOVALS_AT_ONCE do
    local ids = call('ZRANGE', key_of(lane, kind), '-inf', closed_before, 'BYSCORE', 'LIMIT', 0, REMOVED_AT_ONCE)
    if not ids[1] then return end
    call('ZREM', key_of(lane, kind), unpack(ids))
    call('ZREM', key_of(lane, 'ids'), unpack(ids))
  end
end

local function sweep_lane(subscriber)
  local lane = open_lane(base, subscriber, now_us)
  follow_clock(lane)
  announce_earlier_change(lane)
  for _, id in ipairs(overdue(lane, 'leases')) do
    local event = load_event(lane, id)
    if event then recover(lane, event) else forget(lane, id) end
  end
  for _, id in ipairs(overdue(lane, 'queued')) do
    local event = load_event(lane, id)
    if event then republish(lane, event) else forget(lane, id) end
  end
  expire_old(lane, 'open')
  if lane.backfill_open > 0 then expire_old(lane, 'backfill-open') end
  call('ZREMRANGEBYSCORE', key_of(lane, 'wakes'), '-inf', lane.now - POLICY.wake_grace_ms)
  remove_old(lane, 'done', lane.now - POLICY.delivered_retention_ms)
  remove_old(lane, 'refused', lane.now - POLICY.retention_ms)
  pump(lane, false)
  return reply(lane, nil, '', true)
end

local now = math.floor(now_us / 1000)
local swept = {}
for _, subscriber in ipairs(call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, lanes_at_once)) do
  swept[#swept + 1] = { subscriber, sweep_lane(subscriber) }
end
return swept
