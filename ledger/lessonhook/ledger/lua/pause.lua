-- pause: set the operator's pause. Only `resume` lifts it.
--
--   KEYS[1]  the subscriber's lane
--   ARGV[1]  ms that the clock is ahead (tests only)
--   ARGV[2]  subscriber
--   ARGV[3]  who pauses it
--
--   Returns  the reply of `reply.lua`.
--   Changes  lane, which loses its lifetime; audit; attention, so that the sweep sends the notice.

local lane = lane_to_change()
local by = ARGV[3]
if lane.paused_operator_at == 0 then
  lane.paused_operator_at = lane.now
  lane.pause_reason, lane.paused_by = operator(by), by
  note_act(lane, 'pause', by, '', '')
end
return reply(lane)
