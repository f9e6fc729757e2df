-- settle: write an attempt down, move its event and its lane, and answer what comes next.

local lane = lane_of_call()
local id, token, kind, retry_after_ms = ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local in_place, why, log = ARGV[7] == '1', ARGV[8], ARGV[9]
--- The log of an event that is tried for ever stays short.
local ATTEMPTS_KEPT = 20

local event = load(lane, id)
local held_by_caller = event and event.state == 'delivering' and event.token == token

if event and event.erasing == 0 and event.state ~= 'erased' and event.state ~= 'expired' then
  local key = event_key(lane, 'attempts', id)
  local kept = call('RPUSH', key, string.format('%.0f', lane.now) .. ' ' .. log)
  if kept > ATTEMPTS_KEPT then call('LTRIM', key, -ATTEMPTS_KEPT, -1) end
  call('PEXPIRE', key, event.life or EVENT_LIFE_MS)
end

if held_by_caller then
  lane.last, lane.last_at = why, lane.now
  count(lane, kind == 'accepted' and 'posts_accepted' or 'posts_failed')
  if event.erasing == 1 then
    move(lane, event, 'erased')
    notice(lane, 'event.erased', id, 'erased while it was in flight')
  elseif kind == 'accepted' then
    accept(lane, event)
  elseif kind == 'throttled' and event.window_at_admit > 1 then
    slow_down(lane, event, retry_after_ms)
  else
    fail(lane, event, kind, retry_after_ms, why)
  end
elseif event and kind == 'accepted' and (event.state == 'queued' or event.state == 'held' or event.state == 'retrying') then
  -- The lease is over, but an acceptance is never thrown away.
  accept(lane, event)
end
pump(lane, in_place)
return answer(lane, event)
