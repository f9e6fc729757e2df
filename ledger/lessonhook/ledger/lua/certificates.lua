-- certificates: name the subscribers of a shard for whom a client certificate was ever set.
--
--   KEYS[1]  the shard's subscribers
--
--   Returns  their names, in no order.
--   Changes  nothing.

local subscription = string.sub(KEYS[1], 1, -(#'subscribers' + 1)) .. 'subscription:'
local found = {}
for _, subscriber in ipairs(call('SMEMBERS', KEYS[1])) do
  if call('HEXISTS', subscription .. subscriber, 'client_certificate_set_at') == 1 then
    found[#found + 1] = subscriber
  end
end
return found
