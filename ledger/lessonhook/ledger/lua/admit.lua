-- admit: receive a message, and hand out the event that it names, another event of its lane, or none.
--
--   KEYS[1]  the subscriber's lane
--   ARGV[1]  ms that the clock is ahead (tests only)
--   ARGV[2]  subscriber
--   ARGV[3]  event id
--   ARGV[4]  time of the wake that the message carries, in ms; 0 if it is no countdown
--
--   Returns  the reply of `reply.lua`.
--   Changes  lane, events, wakes; from queued or a waiting set to leases; attention.
--            A message that comes twice, or too late, finds its event in another state and takes nothing from it.

local lane = lane_to_change()
local id, wake_ms = ARGV[3], ARGV[4]

announce_earlier_change(lane)
if wake_ms ~= '0' then zrem(lane, 'wakes', wake_ms) end
local event = load_event(lane, id)
if event and event.state == 'queued' then
  local is_stopped = stopped(lane) or waits_apart(event) and lane.backfill_stopped_at > 0
  local may_go = not is_stopped and lane.now >= not_before(lane)
  if not may_go or not is_alone(lane, event) and first_of_pair(lane, event.pair) ~= event then
    change_state(lane, event, 'held')
    pump(lane, true)
  else
    deliver(lane, event)
    pump(lane, not lane.delivery)
  end
else
  pump(lane, true)
end
return reply(lane, event)
