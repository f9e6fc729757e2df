-- status: what a person wants to know of a lane. Writes nothing.

local lane = lane_of_call()
local queued, in_flight = call('ZCARD', lane.queued_key), call('ZCARD', lane.leases_key)
local open = call('ZCARD', lane.open_key)
local retrying = lane.retrying
-- A paused lane's retries that came due wait like what is held, and are shown so.
if standing(lane) then retrying = retrying - call('ZCOUNT', lane.retries_key, '-inf', lane.now) end
local _, oldest = head(lane, 'open')
local totals = call('HMGET', lane.key, 'delivered', 'expired', 'erased', 'recorded')
return {
  lane.now, lane.subscribed and 1 or 0, lane.paused_x, lane.paused_op, lane.why, math.min(lane.window, lane.max_in_flight),
  in_flight, queued, retrying, open - queued - in_flight - retrying, call('ZCARD', lane.refused_key),
  tonumber(totals[1] or 0), tonumber(totals[2] or 0), tonumber(totals[3] or 0), tonumber(totals[4] or 0),
  oldest and math.floor(oldest / 1000) or -1, lane.fails, lane.last, lane.last_at, gate(lane),
}
