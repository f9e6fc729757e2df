-- pause: the operator's, which only `resume` lifts.

local lane = lane_of_call()
if lane.paused_op == 0 then
  lane.paused_op = lane.now
  lane.because = 'an operator'
end
return answer(lane)
