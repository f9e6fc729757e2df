-- erase: wipe what an event says. One in flight keeps its slot and its place in order until its settle.

local lane = lane_of_call()
local event = load(lane, ARGV[3])
if event then
  if event.state == 'delivering' then
    wipe(lane, event)
    event.erasing = 1
  elseif FINAL[event.state] then
    wipe(lane, event)
  else
    move(lane, event, 'erased')
    notice(lane, 'event.erased', event.id, 'erased')
  end
end
pump(lane, false)
return answer(lane, event)
