-- subscribe: save a subscription. A lane that was stopped without one goes on.
--
--   KEYS[1]  the subscriber's lane
--   ARGV[1]  ms that the clock is ahead (tests only)
--   ARGV[2]  subscriber
--   ARGV[3]  document: the whole subscription, as the vault sealed it
--   ARGV[4]  digest of the URL and the credentials
--   ARGV[5]  options that bodies are rendered for
--   ARGV[6]  who saves it
--   ARGV[7]  act: put, change or rotate
--   ARGV[8]  names of the fields that the caller changed, '' if it does not know them
--   ARGV[9]  the document that the caller has read and changed, 'none' if it has found none; '' to save over any
--   ARGV[10] names of the credentials that are other ones than before, with blanks between
--   ARGV[11] and on: the numbers that `lane.lua` reads, field and value in turns; 0 for an option that is not set
--
--   Returns  the reply of `reply.lua`; the error CHANGED if the document has been saved anew since it was read.
--   Changes  subscription, subscribers; lane and events as in any transition; audit; attention.
--            A new digest resets the lane's failures and its `Retry-After`: the operator may have corrected the endpoint.

local subscriber, document, endpoint_digest, rendering = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local by, act, changed = ARGV[6], ARGV[7], ARGV[8]
local base = base_of_call()
local key = base .. 'subscription:' .. subscriber
if ARGV[9] ~= '' and (call('HGET', key, 'document') or 'none') ~= ARGV[9] then
  return redis.error_reply('CHANGED the subscription was saved anew since it was read')
end
local former_digest = call('HGET', key, 'endpoint_digest')
local has_new_endpoint = former_digest ~= endpoint_digest
call(
  'HSET', key, 'document', document, 'endpoint_digest', endpoint_digest, 'rendering', rendering, unpack(ARGV, 11)
)
call('SADD', base .. 'subscribers', subscriber)
local lane = lane_to_change()
for name in string.gmatch(ARGV[10], '%S+') do
  call('HSET', key, name .. '_set_at', lane.now, name .. '_set_by', by)
end
lane.is_resubscribed = not former_digest
if has_new_endpoint then lane.failures_in_a_row, lane.wait_until = 0, 0 end
if not former_digest then
  changed = 'new'
elseif changed == '' and has_new_endpoint then
  changed = 'another URL or credential'
end
note_act(lane, act, by, '', changed)
pump(lane, false)
return reply(lane)
