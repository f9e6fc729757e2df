-- notable: name the subscribers of a shard that have undelivered events, a pause or a failure.
--
--   KEYS[1]  the shard's subscribers
--
--   Returns  their names, in no order. Until the sweep has looked at its lane, a subscriber that has none of these any
--            more may be among them.
--   Changes  nothing.

local base = string.sub(KEYS[1], 1, -(#'subscribers' + 1))
local found, is_busy = call('ZRANGE', base .. 'attention', 0, -1), {}
for _, subscriber in ipairs(found) do is_busy[subscriber] = true end

-- Return whether a lane that has nothing undelivered shows trouble.
local function has_sign(subscriber)
  local signs = call('HMGET', base .. 'lane:' .. subscriber, 'paused_operator_at', 'paused_exhausted_at',
    'failures_in_a_row')
  for at = 1, 3 do
    if signs[at] and signs[at] ~= '0' then return true end
  end
  return false
end

for _, subscriber in ipairs(call('SMEMBERS', KEYS[1])) do
  if not is_busy[subscriber] and has_sign(subscriber) then found[#found + 1] = subscriber end
end
return found
