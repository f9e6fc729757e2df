-- settle: record how one POST ended, and choose what the lane does next.
--
--   KEYS[1]   the subscriber's lane
--   ARGV[1]   ms that the clock is ahead (tests only)
--   ARGV[2]   subscriber
--   ARGV[3]   event id
--   ARGV[4]   token of the delivery
--   ARGV[5]   how it ended: accepted, failed, gone or throttled; not-started if there was no POST; crashed if the worker
--             failed over it
--   ARGV[6]   `Retry-After` in ms; -1 if there was none
--   ARGV[7]   '1' if the caller can POST the lane's next event itself
--   ARGV[8]   '0' if nothing may be paused or set aside, because of a mass failure
--   ARGV[9]   outcome in a few words
--   ARGV[10]  JSON for the log of attempts
--   ARGV[11]  '1' if the response broke the acknowledgement rule
--   ARGV[12]  how long the POST took, in ms
--
--   Returns  the reply of `reply.lua`.
--   Changes  lane, events, attempts, day, active, failing; from leases to retries, held, exhausted, done or refused;
--            attention. A token that is no longer the event's changes nothing, except that an acceptance always counts.

local lane = lane_to_change()
local id, token, kind, retry_after_ms = ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local in_place, may_pause, outcome, log = ARGV[7] == '1', ARGV[8] == '1', ARGV[9], ARGV[10]
local is_unconfirmed, duration_ms = ARGV[11] == '1', tonumber(ARGV[12])
announce_earlier_change(lane)
local event = load_event(lane, id)
local is_owner = event and event.state == 'delivering' and event.token == token

-- The late response to an event that was erased meanwhile may repeat what was wiped, so it is not logged.
local has_line = event and kind ~= 'not-started' and (is_owner or call('EXISTS', event_key(lane, 'body', id)) == 1)
if has_line and (is_owner or not is_logged(lane, event, log)) then log_attempt(lane, event, log) end

--- Record how a POST ended, with a response or without one.
local function conclude_post()
  note_activity(lane, event, kind ~= 'accepted')
  lane.last_outcome, lane.last_attempt_at = outcome, lane.now
  if kind == 'accepted' then lane.last_duration_ms = duration_ms end
  count(lane, kind == 'accepted' and 'posts_accepted' or 'posts_failed')
  event.workers_lost, event.given_back, lane.given_back_because = 0, 0, ''
  if event.erasing == 1 then
    change_state(lane, event, 'erased')
    add_notice(lane, 'event.erased', id, 'erased while it was in flight')
  elseif kind == 'accepted' then
    accept(lane, event, is_unconfirmed)
  elseif kind == 'throttled' and event.window_at_admit > 1 then
    slow_down(lane, event, retry_after_ms)
  else
    fail(lane, event, kind, retry_after_ms, outcome, may_pause)
  end
end

--- Let an event go on whose worker could not POST it, or failed over it.
local function conclude_fault()
  if event.erasing == 1 then
    change_state(lane, event, 'erased')
    add_notice(lane, 'event.erased', id, 'erased while it was in flight')
  elseif kind == 'not-started' then
    give_back(lane, event, outcome)
  elseif lose_worker(lane, event, outcome, may_pause) then
    try_later(lane, event, POLICY.retry_delay_ms)
  end
end

if is_owner then
  if kind == 'not-started' or kind == 'crashed' then conclude_fault() else conclude_post() end
elseif event and kind == 'accepted' and (event.state == 'queued' or event.state == 'held' or event.state == 'retrying') then
  -- The lease is over, but an acceptance always counts: sending the event again would be a needless repeat.
  accept(lane, event, is_unconfirmed)
end
pump(lane, in_place)
return reply(lane, event)
