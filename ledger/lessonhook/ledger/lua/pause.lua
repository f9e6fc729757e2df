-- pause: the operator's, which only `resume` lifts.

local lane = lane_of_call()
if lane.paused_op == 0 then
  lane.paused_op = lane.now
  -- Not told of yet, and overtaken: whoever listens must not hear "resumed" last.
  lane.lifted = ''
  notice(lane, 'subscriber.paused', '', 'an operator')
end
return answer(lane)
