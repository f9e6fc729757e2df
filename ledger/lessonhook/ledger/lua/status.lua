-- status: return what a person wants to know about a lane.
--
--   KEYS[1]  the subscriber's lane
--   ARGV[1]  ms that the clock is ahead (tests only)
--   ARGV[2]  subscriber
--
--   Returns  what `LaneStatus.read` in `status.py` reads, in its order.
--   Changes  nothing.

local lane = lane_of_call()
local queued, in_flight = size(lane, 'queued'), size(lane, 'leases')
local open = size(lane, 'open') + lane.backfill_open
local retrying = lane.retrying
-- A stopped lane's due retries wait like held events, and are shown so.
if stopped(lane) then retrying = retrying - due_retries(lane) end
local _, oldest_us = head(lane, 'open')
return {
  lane.now, lane.subscription.exists and 1 or 0, lane.paused_exhausted_at, lane.paused_operator_at, lane.pause_reason,
  math.min(lane.window, lane.subscription.max_in_flight),
  in_flight, queued, retrying, open - queued - in_flight - retrying, size(lane, 'refused'),
  lane.delivered, lane.expired, lane.erased, lane.recorded,
  oldest_us and math.floor(oldest_us / 1000) or -1, lane.failures_in_a_row, lane.last_outcome, lane.last_attempt_at,
  not_before(lane), lane.unconfirmed, lane.paused_by, lane.superseded, lane.dropped,
  lane.subscription.is_pull and 1 or 0,
  lane.backfill_open, lane.backfill_recorded, lane.backfill_delivered, lane.backfill_stopped_at,
  lane.given_back_because,
}
