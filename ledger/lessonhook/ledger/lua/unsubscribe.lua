-- unsubscribe: remove a subscription. The lane keeps its events, and is stopped until there is a subscription again.
--
--   KEYS[1]  the subscriber's lane
--   ARGV[1]  ms that the clock is ahead (tests only)
--   ARGV[2]  subscriber
--   ARGV[3]  who removes it
--
--   Returns  1 if there was a subscription, else 0.
--   Changes  subscription; subscribers, if the lane has no undelivered events; the lifetime of a paused lane; audit.

local lane = lane_of_call()
local removed = call('DEL', lane.base .. 'subscription:' .. lane.subscriber)
if size(lane, 'open') == 0 and lane.backfill_open == 0 then call('SREM', lane.base .. 'subscribers', lane.subscriber) end
if removed == 1 then note_act(lane, 'remove', ARGV[3], '', '') end
-- An operator's pause gave the lane no lifetime. Nothing of a removed company stays for ever.
if lane.paused_operator_at > 0 then call('PEXPIRE', key_of(lane, 'lane'), POLICY.statement_retention_ms) end
return removed
