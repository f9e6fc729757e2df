-- status: return what a person wants to know about lanes of one shard.
--
--   KEYS[1]  the lane of the first subscriber
--   ARGV[1]  ms that the clock is ahead (tests only)
--   ARGV[2]  the first subscriber
--   ARGV[3]  the other subscribers, to the end
--
--   Returns  for each subscriber what `LaneStatus.read` in `status.py` reads, in its order.
--   Changes  nothing.

local base, now_us = base_of_call(), clock_us(ARGV[1])

local function status_of(subscriber)
  local lane = open_lane(base, subscriber, now_us)
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
end

local statuses = { status_of(ARGV[2]) }
for i = 3, #ARGV do statuses[i - 1] = status_of(ARGV[i]) end
return statuses
