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
local ids, bodies, pairs_of_events, times, done = {}, {}, {}, {}, {}
for i = 6, #ARGV, FACTS do
  local at = #ids + 1
  ids[at], bodies[at], pairs_of_events[at], times[at] = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
end

if not lane.subscription.exists then
  for at = 1, #ids do
    count_unsubscribed(lane.base, lane.subscriber)
    done[at] = 'no-subscription'
  end
  return nothing_recorded(lane, nil, table.concat(done, ','))
end
if rendering ~= lane.subscription.rendering then
  return nothing_recorded(lane, nil, 'rendering:' .. lane.subscription.rendering)
end

--- Record one of them, and return what was done.
local fields, has_pair, is_next_held = fields_in_common(lane, traceparent, is_backfill), {}, false
local function record_one(id, body, pair, completed_at, is_all_new)
  if load_event(lane, id) then return 'duplicate' end
  if is_next_held and is_all_new and not has_pair[pair] then
    hold_next(lane, id, body, pair, completed_at, fields, is_backfill)
    return 'held'
  end
  local _, recorded = record_fresh(lane, id, body, pair, tonumber(completed_at), traceparent, is_backfill)
  -- As at the end of a record: the lane may need to wake up for this event and not for the next one.
  arm(lane)
  is_next_held = recorded == 'held' and would_hold_next(lane, is_backfill)
  return recorded
end

follow_clock(lane)
local is_all_new = are_all_new(lane, ids, pairs_of_events)
local unknown = unknown_ids(lane, ids, is_all_new)
if unknown[1] then add_ids(lane, unknown) end
is_next_held = is_all_new and would_hold_first(lane, is_backfill)
lane.gathered = {}
for at, id in ipairs(ids) do
  local pair = pairs_of_events[at]
  done[at] = record_one(id, bodies[at], pair, times[at], is_all_new)
  has_pair[pair] = true
end
add_all_gathered(lane)
finish_recording(lane)
return reply(lane, nil, table.concat(done, ','))
