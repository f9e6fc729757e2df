-- How an attempt changes its event and its lane.

--- Events whose attempts were used up become ready with the next success; so many at a time.
local READY_AT_ONCE = 128

local function accept(lane, event)
  lane.last_ok = lane.tick
  lane.fails = 0
  lane.window = math.min(lane.window + 1, lane.max_in_flight)
  lane.probe = ''
  if lane.paused_x > 0 then
    lane.paused_x = 0
    notice(lane, 'subscriber.resumed', event.id, 'the endpoint accepted an event')
  end
  move(lane, event, 'delivered')
  for _, id in ipairs(call('ZRANGE', key_of(lane, 'used'), 0, READY_AT_ONCE - 1)) do
    local ready = load(lane, id)
    zrem(lane, 'used', id)
    if ready then shelve(lane, ready) else forget(lane, id) end
  end
end

local function honoured(retry_after_ms)
  return math.min(retry_after_ms, POLICY.retry_after_limit_ms)
end

--- Hold the lane back for `Retry-After`, or a moment where the endpoint did not say.
local function hold_back(lane, retry_after_ms)
  local wait = retry_after_ms >= 0 and honoured(retry_after_ms) or POLICY.throttle_wait_ms
  lane.wait_until = math.max(lane.wait_until, lane.now + wait)
end

--- Too fast was our fault: the attempt is not spent, and the event keeps its place at the head of the lane.
local function slow_down(lane, event, retry_after_ms)
  lane.window = 1
  hold_back(lane, retry_after_ms)
  move(lane, event, 'held')
end

local function pause(lane, event, why)
  if lane.paused_x == 0 then notice(lane, 'subscriber.paused', event.id, why) end
  lane.paused_x = lane.now
  lane.why = why
end

--- `kind` is failed, gone or throttled.
local function fail(lane, event, kind, retry_after_ms, why)
  event.n = kind == 'gone' and POLICY.attempts or event.n + 1
  local alive = lane.last_ok > event.ok_mark
  event.ok_mark = lane.tick
  lane.fails = lane.fails + 1
  lane.window = 1
  if kind == 'throttled' then hold_back(lane, retry_after_ms) end
  if event.n < POLICY.attempts then
    local asked = kind == 'throttled' and honoured(retry_after_ms) or 0
    -- Off its place first: it is shelved by when it is due.
    event.due = lane.now + math.max(POLICY.retry_delay_ms, asked)
    move(lane, event, 'retrying')
  elseif alive or event.spent_mark > 0 and lane.last_ok > event.spent_mark then
    move(lane, event, 'refused')
    notice(lane, 'event.refused', event.id, why)
  else
    event.used, event.spent_mark = 1, lane.tick
    move(lane, event, 'held')
    if lane.probe == '' or lane.probe == event.id then
      lane.probe = ''
      pause(lane, event, why)
    end
  end
end
