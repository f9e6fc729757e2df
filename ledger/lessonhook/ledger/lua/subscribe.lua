-- subscribe: save a subscription. A lane that stood still without one goes on; a corrected endpoint starts afresh.

local subscriber, document, endpoint, rendering = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local max_in_flight, max_per_second = ARGV[6], ARGV[7]
local base = string.sub(KEYS[1], 1, -(#subscriber + #'lane:' + 1))
local key = base .. 'subscription:' .. subscriber
local changed = redis.call('HGET', key, 'endpoint') ~= endpoint
redis.call(
  'HSET', key, 'document', document, 'endpoint', endpoint, 'rendering', rendering,
  'max_in_flight', max_in_flight, 'max_per_second', max_per_second
)
redis.call('SADD', base .. 'subscribers', subscriber)
local lane = lane_of_call()
if changed then lane.fails, lane.wait_until = 0, 0 end
pump(lane, false)
return answer(lane)
