-- note: add an act to the audit trail that changes nothing of the lane.
--
--   KEYS[1]  the subscriber's lane
--   ARGV[1]  ms that the clock is ahead (tests only)
--   ARGV[2]  subscriber
--   ARGV[3]  the act
--   ARGV[4]  who did it
--   ARGV[5]  what there is to say of it
--
--   Returns  1.
--   Changes  audit.

local lane = lane_of_call()
note_act(lane, ARGV[3], ARGV[4], '', ARGV[5])
return 1
