-- replayed: write down what a person's own POST of a stored event brought. The lane and its pause stay as they are.

local lane = lane_of_call()
local id, accepted, log, unconfirmed = ARGV[3], ARGV[4] == '1', ARGV[5], ARGV[6] == '1'
local event = load(lane, id)
if event then
  log_attempt(lane, event, log)
  count(lane, 'replayed')
  -- One that a worker has in hand is settled by that worker.
  if accepted and (event.state == 'held' or event.state == 'retrying' or event.state == 'refused') then
    if event.state == 'refused' then
      zrem(lane, 'refused', id)
      event.state = 'delivered'
      event.life = POLICY.delivered_retention_ms
      zadd(lane, 'done', lane.now, id)
      lane.delivered = lane.delivered + 1
      count(lane, 'delivered')
    else
      move(lane, event, 'delivered')
    end
    if unconfirmed then count_unconfirmed(lane) end
  end
end
pump(lane, false)
return answer(lane, event)
