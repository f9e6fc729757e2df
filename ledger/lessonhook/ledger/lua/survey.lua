-- survey: sum up a shard's lanes, for the metrics. Writes nothing; three calls for a lane at rest, nine for a busy one.

local base = string.sub(KEYS[1], 1, -(#'subscribers' + 1))
local now_us, worst_at_most = clock_us(ARGV[1]), tonumber(ARGV[2])
local now = math.floor(now_us / 1000)
local FROM_LANE = { 'paused_x', 'paused_op', 'fails', 'retrying', 'recorded', 'delivered', 'expired', 'erased', 'unconfirmed' }
local SUMS = {
  'subscribers', 'busy', 'failing', 'paused', 'in_flight', 'queued', 'retrying', 'held', 'refused',
  'recorded', 'delivered', 'expired', 'erased', 'unconfirmed',
}

local sums, waiting = {}, {}
for _, name in ipairs(SUMS) do sums[name] = 0 end

local function add(name, number)
  sums[name] = sums[name] + number
end

local function look_at_busy(lane, retrying, standing_still)
  local queued, in_flight, open = size(lane, 'queued'), size(lane, 'leases'), size(lane, 'open')
  -- As `status` shows them: what came due in a lane that stands still waits like what is held.
  if standing_still then retrying = retrying - call('ZCOUNT', key_of(lane, 'retries'), '-inf', now) end
  add('busy', 1)
  add('queued', queued)
  add('in_flight', in_flight)
  add('retrying', retrying)
  add('held', open - queued - in_flight - retrying)
  local _, oldest = head(lane, 'open')
  waiting[#waiting + 1] = { lane.subscriber, math.floor(oldest / 1000) }
end

for _, subscriber in ipairs(call('SMEMBERS', KEYS[1])) do
  local lane = { base = base, subscriber = subscriber, keys = {}, sizes = {} }
  local read = call('HMGET', base .. 'lane:' .. subscriber, unpack(FROM_LANE))
  local number = {}
  for position, name in ipairs(FROM_LANE) do number[name] = tonumber(read[position] or 0) end
  local paused = number.paused_x > 0 or number.paused_op > 0
  add('subscribers', 1)
  add('paused', paused and 1 or 0)
  add('failing', number.fails > 0 and 1 or 0)
  add('refused', size(lane, 'refused'))
  for _, name in ipairs({ 'recorded', 'delivered', 'expired', 'erased', 'unconfirmed' }) do add(name, number[name]) end
  if size(lane, 'open') > 0 then
    local subscribed = call('EXISTS', base .. 'subscription:' .. subscriber) == 1
    look_at_busy(lane, number.retrying, paused or not subscribed)
  end
end

table.sort(waiting, function(one, other) return one[2] < other[2] end)
local answer_of = { now }
for position, name in ipairs(SUMS) do answer_of[position + 1] = sums[name] end
local worst = {}
for position = 1, math.min(#waiting, worst_at_most) do worst[position] = waiting[position] end
answer_of[#answer_of + 1] = worst
return answer_of
