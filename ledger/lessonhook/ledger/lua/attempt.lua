-- How an attempt changes its event and its lane.

--- The log of an event that is tried for ever stays short.
local ATTEMPTS_KEPT = 20

--- Of what was erased or has expired, nothing is written down any more: an answer may repeat what was sent.
local function log_attempt(lane, event, log)
  if event.erasing == 1 or event.state == 'erased' or event.state == 'expired' then return end
  local key = event_key(lane, 'attempts', event.id)
  local kept = call('RPUSH', key, string.format('%.0f', lane.now) .. ' ' .. log)
  if kept > ATTEMPTS_KEPT then call('LTRIM', key, -ATTEMPTS_KEPT, -1) end
  event.logged = true
end

--- How long it is remembered who was posted to and who failed: beyond a minute and the time to a retry.
local ACTIVITY_LIFE_MS = 3600000 + 2 * POLICY.retry_delay_ms
--- Of a busy lane it is noted once in each such span that it is active.
local ACTIVITY_STEP_MS = 5000

--- Note who is active and who fails, for `activity.py`: when many fail at once it is us, not them.
local function note_activity(lane, failed)
  local active, failing = lane.base .. 'active', lane.base .. 'failing'
  if failed or math.floor(lane.now / ACTIVITY_STEP_MS) ~= math.floor(lane.last_at / ACTIVITY_STEP_MS) then
    call('ZADD', active, lane.now, lane.subscriber)
    call('PEXPIRE', active, ACTIVITY_LIFE_MS)
  end
  if failed then
    call('ZADD', failing, lane.now, lane.subscriber)
    call('PEXPIRE', failing, ACTIVITY_LIFE_MS)
  elseif lane.fails > 0 then
    call('ZREM', failing, lane.subscriber)
  end
end

--- Events whose attempts were used up become ready with the next success; so many at a time.
local READY_AT_ONCE = 128

--- Accepted is not recorded: the answer broke the subscription's acknowledgement rule. Counted, and never retried.
local function count_unconfirmed(lane)
  lane.unconfirmed = lane.unconfirmed + 1
  count(lane, 'unconfirmed')
end

local function accept(lane, event, unconfirmed)
  lane.last_ok = lane.tick
  lane.fails = 0
  lane.window = math.min(lane.window + 1, lane.subscription.max_in_flight)
  lane.probe = ''
  if lane.paused_x > 0 then
    lane.paused_x = 0
    if untold(lane) then tell(lane, event.id, 'the endpoint accepted an event') end
  end
  move(lane, event, 'delivered')
  if unconfirmed then count_unconfirmed(lane) end
  if not head(lane, 'used') then return end
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
  local first = lane.paused_x == 0
  lane.paused_x = lane.now
  lane.why = why
  if first then tell(lane, event.id, why) end
end

--- `kind` is failed, gone or throttled. Without `may_pause` an event whose last failure would pause its lane begins a
--- new count a retry's delay later: held, it would be the lane's next probe at once, and hammer an endpoint that is down.
local function fail(lane, event, kind, retry_after_ms, why, may_pause)
  event.n = kind == 'gone' and POLICY.attempts or event.n + 1
  local alive = lane.last_ok > event.ok_mark
  event.ok_mark = lane.tick
  lane.fails = lane.fails + 1
  lane.window = 1
  if kind == 'throttled' then hold_back(lane, retry_after_ms) end
  local used = event.n >= POLICY.attempts
  local pauses = lane.probe == '' or lane.probe == event.id
  if used and (alive or event.spent_mark > 0 and lane.last_ok > event.spent_mark) then
    move(lane, event, 'refused')
    notice(lane, 'event.refused', event.id, why)
  elseif used and (may_pause or not pauses) then
    event.used, event.spent_mark = 1, lane.tick
    move(lane, event, 'held')
    if pauses then
      lane.probe = ''
      pause(lane, event, why)
    end
  else
    if used then event.n = 0 end
    local asked = kind == 'throttled' and honoured(retry_after_ms) or 0
    -- Off its place first: it is shelved by when it is due.
    event.due = lane.now + math.max(POLICY.retry_delay_ms, asked)
    move(lane, event, 'retrying')
  end
end
