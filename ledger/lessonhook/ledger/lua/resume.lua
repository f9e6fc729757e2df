-- resume: lift both pauses. After an exhaustion's, the oldest undelivered event goes first, alone.

local lane = lane_of_call()
local used_up_before = lane.paused_x > 0
if paused(lane) then lane.because = 'an operator' end
lane.paused_x, lane.paused_op = 0, 0
if used_up_before then
  local oldest = first_on(lane, 'open')
  if oldest then set_probe(lane, oldest) end
end
pump(lane, false)
return answer(lane)
