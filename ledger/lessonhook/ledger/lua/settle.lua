-- settle: record how one POST ended, and choose what the lane does next.
--
--   KEYS[1]   the subscriber's lane
--   ARGV[1]   ms that the clock is ahead (tests only)
--   ARGV[2]   subscriber
--   ARGV[3]   event id
--   ARGV[4]   token of the delivery
--   ARGV[5]   how it ended: accepted, failed, gone or throttled; not-started if there was no POST; crashed if the worker
--             failed over it
--   ARGV[6]   `Retry-After` in ms; if there was no POST, when the worker expects to have room for it; -1 for neither
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

if is_owner then
  if kind == 'not-started' or kind == 'crashed' then
    conclude_fault(lane, event, kind, retry_after_ms, outcome, may_pause)
  else
    lane.last_outcome = outcome
    if kind == 'accepted' then lane.last_duration_ms = duration_ms end
    conclude_post(lane, event, kind, retry_after_ms, may_pause, is_unconfirmed)
  end
elseif event and kind == 'accepted' and (event.state == 'queued' or event.state == 'held' or event.state == 'retrying') then
  -- The lease is over, but an acceptance always counts: sending the event again would be a needless repeat.
  accept(lane, event, is_unconfirmed)
end
pump(lane, in_place)
return reply(lane, event)
