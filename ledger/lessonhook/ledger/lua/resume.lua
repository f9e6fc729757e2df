-- resume: lift both pauses. After a pause for exhausted attempts, the oldest undelivered event goes first and alone.
--
--   KEYS[1]  the subscriber's lane
--   ARGV[1]  ms that the clock is ahead (tests only)
--   ARGV[2]  subscriber
--   ARGV[3]  who resumes it
--
--   Returns  the reply of `reply.lua`.
--   Changes  lane, events; from a waiting set to queued; audit; attention, so that the sweep sends the notice.

local lane = lane_to_change()
local was_exhausted = lane.paused_exhausted_at > 0
if is_paused(lane) then
  lane.resume_reason = operator(ARGV[3])
  note_act(lane, 'resume', ARGV[3], '', '')
end
lane.paused_exhausted_at, lane.paused_operator_at = 0, 0
if was_exhausted then
  local oldest = first_event(lane, 'open')
  if oldest then set_probe(lane, oldest) end
end
pump(lane, false)
return reply(lane)
