-- settle: write an attempt down, move its event and its lane, and answer what comes next.

local lane = lane_of_call()
local id, token, kind, retry_after_ms = ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local in_place, may_pause, why, log = ARGV[7] == '1', ARGV[8] == '1', ARGV[9], ARGV[10]
local unconfirmed, took_ms = ARGV[11] == '1', tonumber(ARGV[12])
tell_untold(lane)
local event = load(lane, id)
local held_by_caller = event and event.state == 'delivering' and event.token == token

-- A late answer to an event that was erased meanwhile may repeat what was wiped, and is not written down.
if event and (held_by_caller or call('EXISTS', event_key(lane, 'body', id)) == 1) then log_attempt(lane, event, log) end
if held_by_caller then
  note_activity(lane, kind ~= 'accepted')
  lane.last, lane.last_at = why, lane.now
  if kind == 'accepted' then lane.took = took_ms end
  count(lane, kind == 'accepted' and 'posts_accepted' or 'posts_failed')
  if event.erasing == 1 then
    move(lane, event, 'erased')
    notice(lane, 'event.erased', id, 'erased while it was in flight')
  elseif kind == 'accepted' then
    accept(lane, event, unconfirmed)
  elseif kind == 'throttled' and event.window_at_admit > 1 then
    slow_down(lane, event, retry_after_ms)
  else
    fail(lane, event, kind, retry_after_ms, why, may_pause)
  end
elseif event and kind == 'accepted' and (event.state == 'queued' or event.state == 'held' or event.state == 'retrying') then
  -- The lease is over, but an acceptance is never thrown away.
  accept(lane, event, unconfirmed)
end
pump(lane, in_place)
return answer(lane, event)
