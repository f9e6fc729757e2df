-- unpublished: note that an event's message is gone: the broker did not take it, or a worker that could not reach Redis did.
-- The next sweep publishes it again, or lets the lane go on if the message was a countdown.
--
--   KEYS[1]  the subscriber's lane
--   ARGV[1]  ms that the clock is ahead (tests only)
--   ARGV[2]  subscriber
--   ARGV[3]  event id
--
--   Returns  the reply of `reply.lua`.
--   Changes  a queued event, which is due at once in queued; attention.

local lane = lane_to_change()
local event = load_event(lane, ARGV[3])
if event and event.state == 'queued' then
  -- Older than whatever waits in the broker, so that the sweep does not wait for its message.
  event.queued_at = 0
  zadd(lane, 'queued', lane.now, event.id)
end
-- What is noted may be early enough for a fresh event, and is too late for this one.
lane.attention_at = lane.now
return reply(lane)
