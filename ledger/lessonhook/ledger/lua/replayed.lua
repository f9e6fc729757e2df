-- replayed: record how a person's own POST of a stored event ended. The lane and its pause stay as they are.
--
--   KEYS[1]  the subscriber's lane
--   ARGV[1]  ms that the clock is ahead (tests only)
--   ARGV[2]  subscriber
--   ARGV[3]  event id
--   ARGV[4]  '1' if the endpoint accepted it
--   ARGV[5]  JSON for the log of attempts
--   ARGV[6]  '1' if the response broke the acknowledgement rule
--   ARGV[7]  who sent it
--
--   Returns  the reply of `reply.lua`.
--   Changes  attempts, day; an accepted event that was held, retrying, refused, superseded or dropped is delivered, in
--            done; lane; audit; attention.

local lane = lane_to_change()
local id, is_accepted, log, is_unconfirmed = ARGV[3], ARGV[4] == '1', ARGV[5], ARGV[6] == '1'
local event = load_event(lane, id)
if event then
  log_attempt(lane, event, log)
  note_act(lane, 'replay', ARGV[7], id, '')
  count(lane, 'replayed')
  -- An event that a worker has in hand is settled by that worker.
  if is_accepted and event.state ~= 'delivered' and event.state ~= 'queued' and event.state ~= 'delivering' then
    if event.state == 'refused' or event.state == 'superseded' or event.state == 'dropped' then
      if event.state == 'refused' then zrem(lane, 'refused', id) end
      event.state = 'delivered'
      event.life_ms = POLICY.delivered_retention_ms
      zadd(lane, 'done', lane.now, id)
      lane.delivered = lane.delivered + 1
      count(lane, 'delivered')
      count_delivery(lane, event)
      for _, late in ipairs(remember_delivered(lane, event) or {}) do change_state(lane, late, 'superseded') end
    elseif not FINAL[event.state] then
      change_state(lane, event, 'delivered')
    end
    if is_unconfirmed and event.state == 'delivered' then count_unconfirmed(lane) end
  end
end
pump(lane, false)
return reply(lane, event)
