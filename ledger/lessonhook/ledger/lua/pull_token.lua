-- pull_token: save the digest of a new token to fetch by, or revoke the token. The former token ends at once.
--
--   KEYS[1]  the subscriber's lane
--   ARGV[1]  ms that the clock is ahead (tests only)
--   ARGV[2]  subscriber
--   ARGV[3]  digest of the new token; '' revokes the one that there is
--   ARGV[4]  who does it
--
--   Returns  1 if it was saved or revoked; 0 if there is no subscription, or no token to revoke.
--   Changes  subscription; audit.

local lane = lane_of_call()
local digest, by = ARGV[3], ARGV[4]
local key = lane.base .. 'subscription:' .. lane.subscriber
if not lane.subscription.exists then return 0 end
if digest == '' then
  if call('HDEL', key, 'pull_token_digest') == 0 then return 0 end
  note_act(lane, 'token', by, '', 'revoked')
else
  local had_one = call('HSET', key, 'pull_token_digest', digest) == 0
  note_act(lane, 'token', by, '', had_one and 'rotated' or 'new')
end
return 1
