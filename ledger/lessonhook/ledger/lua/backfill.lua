-- backfill: stop the events of the past, or let them go on. Live events go on in either case.
--
--   KEYS[1]  the subscriber's lane
--   ARGV[1]  ms that the clock is ahead (tests only)
--   ARGV[2]  subscriber
--   ARGV[3]  '1' to stop, '0' to go on
--   ARGV[4]  who does it
--
--   Returns  the reply of `reply.lua`.
--   Changes  lane; from backfill or backfill-retries to queued; audit; attention. One that is queued when the past is
--            stopped is held when its message comes.

local lane = lane_to_change()
local stops, by = ARGV[3] == '1', ARGV[4]
if stops ~= (lane.backfill_stopped_at > 0) then
  lane.backfill_stopped_at = stops and lane.now or 0
  note_act(lane, stops and 'backfill-stop' or 'backfill-resume', by, '', '')
end
pump(lane, false)
return reply(lane)
