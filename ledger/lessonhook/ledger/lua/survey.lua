-- survey: sum up a shard's lanes for the metrics. It takes three commands for a lane at rest, nine for a busy one.
--
--   KEYS[1]  the shard's subscribers
--   ARGV[1]  ms that the clock is ahead (tests only)
--   ARGV[2]  how many subscribers to name that have waited longest
--
--   Returns  Redis' clock in ms, one sum for each name in SUMS, when the last event was recorded, in ms (0 if none ever
--            was), and a list of pairs: a subscriber, and when its oldest undelivered event was recorded, in ms; the
--            oldest first.
--   Changes  nothing.

local base = string.sub(KEYS[1], 1, -(#'subscribers' + 1))
local now_us, named_at_most = clock_us(ARGV[1]), tonumber(ARGV[2])
local now = math.floor(now_us / 1000)
local COUNTED = { 'recorded', 'delivered', 'superseded', 'expired', 'erased', 'dropped', 'unconfirmed' }
local FROM_LANE = {
  'paused_exhausted_at', 'paused_operator_at', 'failures_in_a_row', 'retrying', 'last_recorded_us', 'backfill_open',
  unpack(COUNTED),
}
--- `survey.py` reads the sums in this order.
local SUMS = {
  'subscribers', 'busy', 'failing', 'paused', 'in_flight', 'queued', 'retrying', 'held', 'refused', 'unsubscribed',
  'backfill', unpack(COUNTED),
}

local sums, waiting, last_recorded_us = {}, {}, 0
for _, name in ipairs(SUMS) do sums[name] = 0 end

local function add_to_sum(name, number)
  sums[name] = sums[name] + number
end

local function add_busy_lane(lane, retrying, is_stopped)
  local queued, in_flight, open = size(lane, 'queued'), size(lane, 'leases'), size(lane, 'open') + lane.backfill_open
  -- As in `status`: a stopped lane's due retries wait like held events, and are counted so.
  if is_stopped then retrying = retrying - due_retries(lane) end
  add_to_sum('busy', 1)
  add_to_sum('queued', queued)
  add_to_sum('in_flight', in_flight)
  add_to_sum('retrying', retrying)
  add_to_sum('held', open - queued - in_flight - retrying)
  add_to_sum('backfill', lane.backfill_open)
  -- The past is old, and in no hurry.
  local _, oldest_us = head(lane, 'open')
  if oldest_us then waiting[#waiting + 1] = { lane.subscriber, math.floor(oldest_us / 1000) } end
end

add_to_sum('unsubscribed', tonumber(call('HGET', base .. 'unsubscribed', '/total') or 0))
for _, subscriber in ipairs(call('SMEMBERS', KEYS[1])) do
  local lane = { base = base, subscriber = subscriber, sizes = {}, now = now }
  local stored = call('HMGET', base .. 'lane:' .. subscriber, unpack(FROM_LANE))
  for position, name in ipairs(FROM_LANE) do lane[name] = tonumber(stored[position] or 0) end
  add_to_sum('subscribers', 1)
  last_recorded_us = math.max(last_recorded_us, lane.last_recorded_us)
  if is_paused(lane) then
    add_to_sum('paused', 1)
  elseif lane.failures_in_a_row > 0 then
    add_to_sum('failing', 1)
  end
  add_to_sum('refused', size(lane, 'refused'))
  for _, name in ipairs(COUNTED) do add_to_sum(name, lane[name]) end
  if size(lane, 'open') > 0 or lane.backfill_open > 0 then
    local is_subscribed = call('EXISTS', base .. 'subscription:' .. subscriber) == 1
    add_busy_lane(lane, lane.retrying, is_paused(lane) or not is_subscribed)
  end
end

table.sort(waiting, function(one, other) return one[2] < other[2] end)
local totals = { now }
for position, name in ipairs(SUMS) do totals[position + 1] = sums[name] end
local oldest = {}
for position = 1, math.min(#waiting, named_at_most) do oldest[position] = waiting[position] end
totals[#totals + 1] = math.floor(last_recorded_us / 1000)
totals[#totals + 1] = oldest
return totals
