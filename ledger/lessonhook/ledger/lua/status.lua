-- status: what a person wants to know of a lane. Writes nothing.

local lane = lane_of_call()
local queued, in_flight = size(lane, 'queued'), size(lane, 'leases')
local open = size(lane, 'open')
local retrying = lane.retrying
-- A paused lane's retries that came due wait like what is held, and are shown so.
if standing(lane) then retrying = retrying - call('ZCOUNT', key_of(lane, 'retries'), '-inf', lane.now) end
local _, oldest = head(lane, 'open')
return {
  lane.now, lane.subscription.there and 1 or 0, lane.paused_x, lane.paused_op, lane.why,
  math.min(lane.window, lane.subscription.max_in_flight),
  in_flight, queued, retrying, open - queued - in_flight - retrying, size(lane, 'refused'),
  lane.delivered, lane.expired, lane.erased, lane.recorded,
  oldest and math.floor(oldest / 1000) or -1, lane.fails, lane.last, lane.last_at, gate(lane),
  lane.unconfirmed,
}
