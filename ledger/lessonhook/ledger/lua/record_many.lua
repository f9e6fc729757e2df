-- record_many: store fresh events of one subscriber, each as `record` does.
--
--   KEYS[1]  the subscriber's lane
--   ARGV[1]  ms that the clock is ahead (tests only)
--   ARGV[2]  subscriber
--   ARGV[3]  options that the bodies were rendered for
--   ARGV[4]  traceparent of the span that publishes them, '' if none
--   ARGV[5]  '1' if they tell the past: they wait apart, and go after all live events
--   ARGV[6]  id of the first event; its body, its pair and its time of completion follow, as `record` takes them, then the
--            four of the next event
--
--   Returns  the reply of `reply.lua`, of no event; its fifth value says what was done with each, with commas between.
--   Changes  what `record` changes, but no queue of the broker: the caller publishes the messages. Events of the past are in
--            backfill-open and not in open, and in backfill and not in held.
--            Nothing if the bodies were rendered for other options.

--- Values of one event.
local FACTS = 4

local lane = lane_of_call()
local rendering, traceparent, is_backfill = ARGV[3], ARGV[4], ARGV[5] == '1'
local done = {}

if not lane.subscription.exists then
  for _ = 6, #ARGV, FACTS do
    count_unsubscribed(lane.base, lane.subscriber)
    table.insert(done, 'no-subscription')
  end
  return nothing_recorded(lane, nil, table.concat(done, ','))
end
if rendering ~= lane.subscription.rendering then
  return nothing_recorded(lane, nil, 'rendering:' .. lane.subscription.rendering)
end

follow_clock(lane)
local new_ids, is_new = {}, {}
for i = 6, #ARGV, FACTS do
  local id = ARGV[i]
  if not is_new[id] and not load_event(lane, id) then
    is_new[id] = true
    new_ids[#new_ids + 1] = id
  end
end
if new_ids[1] then add_ids(lane, new_ids) end
lane.gathered = {}
for i = 6, #ARGV, FACTS do
  local id, body, pair, completed_at = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])
  local recorded = 'duplicate'
  if not load_event(lane, id) then
    local _, what = record_fresh(lane, id, body, pair, completed_at, traceparent, is_backfill)
    recorded = what
  end
  done[#done + 1] = recorded
  -- As at the end of a record: the lane may need to wake up for this event and not for the next one.
  arm(lane)
end
add_all_gathered(lane)
finish_recording(lane)
return reply(lane, nil, table.concat(done, ','))
