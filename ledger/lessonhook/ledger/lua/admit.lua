-- admit: take up a message. The event that it names goes now, or its lane's next one, or none.

local lane = lane_of_call()
local id, wake_ms = ARGV[3], ARGV[4]

tell_untold(lane)
if wake_ms ~= '0' then zrem(lane, 'wakes', wake_ms) end
local event = load(lane, id)
if event and event.state == 'queued' then
  if standing(lane) or lane.now < gate(lane) or first_of(lane, event.pair) ~= event then
    move(lane, event, 'held')
    pump(lane, true)
  else
    deliver(lane, event)
    pump(lane, not lane.given)
  end
else
  pump(lane, true)
end
return answer(lane, event)
