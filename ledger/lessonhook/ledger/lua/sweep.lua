-- sweep: find what a crash left behind in the lanes of one shard that are due for a look.

local base = string.sub(KEYS[1], 1, -(#'attention' + 1))
--- By queue: a long one of retries says nothing of the other.
local oldest_waiting = { [0] = tonumber(ARGV[2]), [1] = tonumber(ARGV[3]) }
local lanes_at_once = ARGV[4]
local now_us = clock_us(ARGV[1])
--- Of each kind, for one lane, in one sweep; the rest follows in the next one.
local EVENTS_AT_ONCE = 64
--- Where the broker can't say what waits in it, a message counts as gone this many times later.
local BLIND_FACTOR = 10
--- A message that is lost time and again is looked for half as often each time, down to once in 2^4 graces.
local DOUBLINGS = 4

local function overdue(lane, kind)
  return call('ZRANGE', key_of(lane, kind), '-inf', lane.now, 'BYSCORE', 'LIMIT', 0, EVENTS_AT_ONCE)
end

local function recover(lane, event)
  event.leases_lost = event.leases_lost + 1
  notice(lane, 'lease.lost', event.id, 'lease ' .. event.leases_lost .. ' of this event ran out')
  if event.erasing == 1 then
    move(lane, event, 'erased')
    notice(lane, 'event.erased', event.id, 'erased while it was in flight')
  elseif event.leases_lost >= POLICY.leases_lost_limit then
    fail(lane, event, 'failed', -1, 'crash: its worker was lost ' .. event.leases_lost .. ' times', true)
  elseif standing(lane) or lane.now < gate(lane) then
    move(lane, event, 'held')
  else
    enqueue(lane, event)
  end
end

--- Whether an event's message can no longer be in the broker, or in a worker's hands.
local function message_gone(lane, event)
  local oldest = oldest_waiting[event.on_retries]
  if oldest == 0 then
    return lane.now - event.queued_at >= BLIND_FACTOR * POLICY.republish_after_ms
  end
  return oldest < 0 or event.queued_at < oldest
end

local function republish(lane, event)
  if message_gone(lane, event) then
    event.republished = math.min(event.republished + 1, DOUBLINGS)
    enqueue(lane, event)
  else
    zadd(lane, 'queued', lane.now + POLICY.republish_after_ms, event.id)
  end
end

local function expire_old(lane)
  for _ = 1, EVENTS_AT_ONCE do
    local id, seq = head(lane, 'open')
    if not id or math.floor(seq / 1000) + POLICY.retention_ms > lane.now then return end
    local event = load(lane, id)
    if not event then
      forget(lane, id)
    elseif event.state == 'delivering' then
      -- It may be accepted this moment. If not, the next sweep finds it.
      return
    else
      move(lane, event, 'expired')
      notice(lane, 'event.expired', id, 'undelivered for the whole retention')
    end
  end
end

local function sweep_lane(subscriber)
  local lane = open_lane(base, subscriber, now_us)
  tell_untold(lane)
  for _, id in ipairs(overdue(lane, 'leases')) do
    local event = load(lane, id)
    if event then recover(lane, event) else forget(lane, id) end
  end
  for _, id in ipairs(overdue(lane, 'queued')) do
    local event = load(lane, id)
    if event then republish(lane, event) else forget(lane, id) end
  end
  expire_old(lane)
  call('ZREMRANGEBYSCORE', key_of(lane, 'wakes'), '-inf', lane.now - POLICY.wake_grace_ms)
  call('ZREMRANGEBYSCORE', key_of(lane, 'done'), '-inf', lane.now - POLICY.delivered_retention_ms)
  call('ZREMRANGEBYSCORE', key_of(lane, 'refused'), '-inf', lane.now - POLICY.retention_ms)
  pump(lane, false)
  return answer(lane, nil, '', true)
end

local swept = {}
for _, subscriber in ipairs(call('ZRANGE', KEYS[1], '-inf', math.floor(now_us / 1000), 'BYSCORE', 'LIMIT', 0, lanes_at_once)) do
  swept[#swept + 1] = { subscriber, sweep_lane(subscriber) }
end
return swept
