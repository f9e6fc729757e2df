-- Rules: how an attempt changes its event and its lane. Only transitions that end an attempt use them.

--- How many attempts of an event are logged. The log of an event that is tried again and again stays short.
local ATTEMPTS_KEPT = 20

--- Add a line to the log of an event's attempts. An erased or expired event gets none, because an endpoint's response may
--- repeat what was sent to it.
local function log_attempt(lane, event, log)
  if event.erasing == 1 or event.state == 'erased' or event.state == 'expired' then return end
  local key = event_key(lane, 'attempts', event.id)
  local length = call('RPUSH', key, string.format('%.0f', lane.now) .. ' ' .. log)
  if length > ATTEMPTS_KEPT then call('LTRIM', key, -ATTEMPTS_KEPT, -1) end
  event.has_new_attempt = true
end

--- Return whether the log has this line. A settle comes again with the same line if its reply was lost on the way.
local function is_logged(lane, event, log)
  for _, line in ipairs(call('LRANGE', event_key(lane, 'attempts', event.id), 0, -1)) do
    if line:sub(-#log - 1) == ' ' .. log then return true end
  end
  return false
end

--- How long the shard remembers who was posted to and who failed. `activity.py` asks for an hour and one retry delay.
local ACTIVITY_LIFE_MS = 3600000 + 2 * POLICY.retry_delay_ms

--- Record a busy lane's activity at most once in this span, to save a write per event.
local ACTIVITY_STEP_MS = 5000

--- Note who is active and who fails. When many subscribers fail at once, the fault is on our side, not theirs. An
--- `event` that is accepted takes its subscriber off the list of those that fail. The past says nothing about now: endpoints
--- that fail when their first events come would look like a fault of ours.
local function note_activity(lane, event, has_failed)
  local active, failing = lane.base .. 'active', lane.base .. 'failing'
  if event.backfill == 1 then
    if not has_failed and lane.failures_in_a_row > 0 then call('ZREM', failing, lane.subscriber) end
    return
  end
  -- In a lane that is backfilled, `last_attempt_at` may be that of an event that was not noted.
  if has_failed or lane.backfill_open > 0 or math.floor(lane.now / ACTIVITY_STEP_MS) ~= math.floor(lane.last_attempt_at / ACTIVITY_STEP_MS) then
    call('ZADD', active, lane.now, lane.subscriber)
    call('PEXPIRE', active, ACTIVITY_LIFE_MS)
  end
  if has_failed then
    call('ZADD', failing, lane.now, lane.subscriber)
    call('PEXPIRE', failing, ACTIVITY_LIFE_MS)
  elseif lane.failures_in_a_row > 0 or event.workers_lost > 0 then
    call('ZREM', failing, lane.subscriber)
  end
end

--- How many exhausted events one success moves back to `held`. The next successes move the others, so that no transition
--- walks a long set.
local REVIVED_AT_ONCE = 128

--- Count an accepted event whose response broke the subscription's acknowledgement rule. It is never sent again.
local function count_unconfirmed(lane)
  lane.unconfirmed = lane.unconfirmed + 1
  count(lane, 'unconfirmed')
end

--- Close an event that the endpoint accepted. The success opens the window, lifts a pause for exhausted attempts, ends the
--- probe, and gives exhausted events a new count of attempts.
local function accept(lane, event, is_unconfirmed)
  lane.last_ok_tick = lane.tick
  lane.failures_in_a_row = 0
  lane.window = math.min(lane.window + 1, lane.subscription.max_in_flight)
  lane.probe = ''
  if lane.paused_exhausted_at > 0 then
    lane.paused_exhausted_at = 0
    if is_pause_unannounced(lane) then announce_pause(lane, event.id, 'the endpoint accepted an event') end
  end
  change_state(lane, event, 'delivered')
  if is_unconfirmed then count_unconfirmed(lane) end
  if not head(lane, 'exhausted') then return end
  for _, id in ipairs(call('ZRANGE', key_of(lane, 'exhausted'), 0, REVIVED_AT_ONCE - 1)) do
    local revived = load_event(lane, id)
    zrem(lane, 'exhausted', id)
    if revived then enter_waiting(lane, revived) else forget(lane, id) end
  end
end

--- Return a `Retry-After` in milliseconds, cut to the longest that is honoured.
local function honoured(retry_after_ms)
  return math.min(retry_after_ms, POLICY.retry_after_limit_ms)
end

--- Let an event be tried again after a time.
local function try_later(lane, event, wait_ms)
  -- Set before the change of state, because `retries` is sorted by it.
  event.due_at = lane.now + wait_ms
  change_state(lane, event, 'retrying')
end

--- Let the lane wait for `Retry-After`, or for a moment if the endpoint gave none. A wait is never shortened.
local function wait_as_asked(lane, retry_after_ms)
  local wait_ms = retry_after_ms >= 0 and honoured(retry_after_ms) or POLICY.throttle_wait_ms
  lane.wait_until = math.max(lane.wait_until, lane.now + wait_ms)
end

--- Hold an event that was throttled beside others in flight. We were too fast, so it costs no attempt, and the event
--- keeps its place at the head of the lane.
local function slow_down(lane, event, retry_after_ms)
  lane.window = 1
  wait_as_asked(lane, retry_after_ms)
  change_state(lane, event, 'held')
end

--- Pause the lane because an event's attempts are exhausted.
local function pause_exhausted(lane, event, reason)
  local is_first = lane.paused_exhausted_at == 0
  lane.paused_exhausted_at = lane.now
  lane.pause_reason = reason
  if is_first then announce_pause(lane, event.id, reason) end
end

--- Count a failed attempt. `kind` is failed, gone or throttled. While `may_pause` is false (a mass failure), the fault is
--- probably ours: the event loses no attempt, is not refused and pauses nobody, and goes again after one retry delay.
local function fail(lane, event, kind, retry_after_ms, reason, may_pause)
  if may_pause then event.failed_attempts = kind == 'gone' and POLICY.attempts or event.failed_attempts + 1 end
  local is_endpoint_alive = lane.last_ok_tick > event.last_ok_seen
  event.last_ok_seen = lane.tick
  lane.failures_in_a_row = lane.failures_in_a_row + 1
  lane.window = 1
  if kind == 'throttled' then wait_as_asked(lane, retry_after_ms) end
  local is_last = may_pause and event.failed_attempts >= POLICY.attempts
  local was_exhausted_before = event.exhausted_at_tick > 0 and lane.last_ok_tick > event.exhausted_at_tick
  if is_last and (is_endpoint_alive or was_exhausted_before) then
    -- The endpoint accepted others meanwhile, so this event is the fault, not the endpoint.
    change_state(lane, event, 'refused')
    add_notice(lane, 'event.refused', event.id, reason)
  elseif is_last then
    local would_pause = lane.probe == '' or lane.probe == event.id
    event.exhausted, event.exhausted_at_tick = 1, lane.tick
    change_state(lane, event, 'held')
    if would_pause then
      lane.probe = ''
      pause_exhausted(lane, event, reason)
    end
  else
    local asked_ms = kind == 'throttled' and honoured(retry_after_ms) or 0
    try_later(lane, event, math.max(POLICY.retry_delay_ms, asked_ms))
  end
end

--- How often the wait doubles for an event that is given back again and again: up to 32 s.
local DOUBLINGS_OF_GIVING_BACK = 5

--- Take back the turn by `max_per_second` of a POST that did not start, unless a later one was handed out meanwhile. The
--- lane would wait for the next turn otherwise: for an hour, with a POST an hour.
local function take_turn_back(lane, event)
  local per_second = lane.subscription.max_per_second
  if per_second == 0 then return end
  local turn = lane.next_post_at - math.min(1000 / per_second, SLOWEST_PACE_MS)
  local lease_end = tonumber(call('ZSCORE', key_of(lane, 'leases'), event.id))
  -- The lease is of whole milliseconds.
  if lease_end and math.abs(lease_end - POLICY.lease_ms - turn) < 1 then lane.next_post_at = turn end
end

--- Take back an event whose POST did not start, for a reason of the worker's own. It costs no attempt and counts as no
--- failure of the lane. The event returns to its place at once. The lane waits until the worker expects to have room, or
--- else for a moment: otherwise the same event would be handed out and given back in a circle. It keeps the reason for
--- people.
local function give_back(lane, event, retry_after_ms, reason)
  lane.given_back_because = reason
  event.posts = event.posts - 1
  take_turn_back(lane, event)
  local wait_ms = retry_after_ms >= 0 and honoured(retry_after_ms) or POLICY.throttle_wait_ms * 2 ^ event.given_back
  lane.wait_until = math.max(lane.wait_until, lane.now + wait_ms)
  event.given_back = math.min(event.given_back + 1, DOUBLINGS_OF_GIVING_BACK)
  if event.failed_attempts > 0 then
    try_later(lane, event, 0)
  else
    change_state(lane, event, 'held')
  end
end

--- From this many lost workers in a row on, the event's subscriber counts as failing. One killed worker loses a lease of
--- many events, and that is no mass failure.
local WORKERS_OF_A_FAILURE = 2

--- Count that a worker was lost, or failed by a fault of its own, while it had the event. That is our fault: it costs no
--- attempt and pauses nobody. An event that takes its worker down again and again is set aside, but only if
--- `may_set_aside`: others are delivered meanwhile, so the workers are well and this event is the fault. Otherwise it
--- waits for a retry delay. Return whether the event may go again at once.
local function lose_worker(lane, event, reason, may_set_aside)
  event.workers_lost = event.workers_lost + 1
  if event.workers_lost >= WORKERS_OF_A_FAILURE then note_activity(lane, event, true) end
  if event.workers_lost < POLICY.workers_lost_limit then return true end
  if may_set_aside then
    event.closed_because = reason .. ', ' .. event.workers_lost .. ' times in a row'
    change_state(lane, event, 'refused')
    add_notice(lane, 'event.refused', event.id, event.closed_because)
  else
    try_later(lane, event, POLICY.retry_delay_ms)
  end
  return false
end

--- Return whether an event was erased while it was in flight. If so, it ends now, however its POST did.
local function ends_erased(lane, event)
  if event.erasing ~= 1 then return false end
  change_state(lane, event, 'erased')
  add_notice(lane, 'event.erased', event.id, 'erased while it was in flight')
  return true
end

--- Record how a POST ended, with a response or without one. `last_outcome` says it in words.
local function conclude_post(lane, event, kind, retry_after_ms, may_pause, is_unconfirmed)
  note_activity(lane, event, kind ~= 'accepted')
  lane.last_attempt_at = lane.now
  count(lane, kind == 'accepted' and 'posts_accepted' or 'posts_failed')
  event.workers_lost, event.given_back, lane.given_back_because = 0, 0, ''
  if ends_erased(lane, event) then return end
  if kind == 'accepted' then
    accept(lane, event, is_unconfirmed)
  elseif kind == 'throttled' and event.window_at_admit > 1 then
    slow_down(lane, event, retry_after_ms)
  else
    fail(lane, event, kind, retry_after_ms, lane.last_outcome, may_pause)
  end
end

--- Let an event go on whose worker could not POST it, or failed over it.
local function conclude_fault(lane, event, kind, retry_after_ms, reason, may_pause)
  if ends_erased(lane, event) then return end
  if kind == 'not-started' then
    give_back(lane, event, retry_after_ms, reason)
  elseif lose_worker(lane, event, reason, may_pause) then
    try_later(lane, event, POLICY.retry_delay_ms)
  end
end
