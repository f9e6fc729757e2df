-- unsubscribe: remove a subscription. What its lane holds is kept and stands still until there is one again.

local lane = lane_of_call()
local removed = call('DEL', lane.base .. 'subscription:' .. lane.subscriber)
if size(lane, 'open') == 0 then call('SREM', lane.base .. 'subscribers', lane.subscriber) end
return removed
