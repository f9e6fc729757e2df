-- record: store a fresh event, lift a pause for exhausted attempts, and give the event a slot or hold it.
--
--   KEYS[1]  the subscriber's lane
--   ARGV[1]  ms that the clock is ahead (tests only)
--   ARGV[2]  subscriber
--   ARGV[3]  event id
--   ARGV[4]  body, as the vault sealed it
--   ARGV[5]  pair: digests of the learner and the lesson
--   ARGV[6]  when the lesson was completed, in seconds since 1970
--   ARGV[7]  options that the body was rendered for
--   ARGV[8]  traceparent of the span that publishes it, '' if none
--   ARGV[9]  what the keys of the broker's queues begin with; absent if the queues are not in this database
--   ARGV[10]  the event's message, up to the time when its slot was taken
--   ARGV[11]  the message between that time and the queue's name
--   ARGV[12]  the message after the queue's name
--
--   Returns  the reply of `reply.lua`; its fifth value says what was done.
--   Changes  lane, event, body, order, open, ids, learner, lesson, day, hours; held or queued; attention; published;
--            a queue of the broker.
--            A completion that the subscriber skips as late ends in done, superseded.
--            Without a subscription only unsubscribed, which counts it.
--            Nothing for a known id, or if the body was rendered for other options.

--- Put the event's message into its queue, if the event has a slot and the queues are in this database. Otherwise the
--- caller publishes it, as it publishes all other messages: a server that refuses this command may still take kombu's.
local function push_message(lane, id)
  local list = lane.publish
  if not ARGV[9] or not list or list[1] ~= id then return end
  local queue, time = list[2], string.format('%.0f', list[3])
  local length = redis.pcall('LPUSH', ARGV[9] .. queue, ARGV[10] .. time .. ARGV[11] .. queue .. ARGV[12])
  if type(length) == 'number' then lane.publish = list[4] and { unpack(list, 4) } or false end
end

local lane = lane_of_call()
local id, body, pair, completed_at, rendering = ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7]
local traceparent = ARGV[8]

if not lane.subscription.exists then
  count_unsubscribed(lane.base, lane.subscriber)
  return nothing_recorded(lane, nil, 'no-subscription')
end
local known_event = load_event(lane, id)
if known_event then return nothing_recorded(lane, known_event, 'duplicate') end

-- The subscription's options changed since the body was rendered, so the caller renders it again.
if rendering ~= lane.subscription.rendering then
  return nothing_recorded(lane, nil, 'rendering:' .. lane.subscription.rendering)
end

follow_clock(lane)
add_ids(lane, { id })
local event, recorded = record_fresh(lane, id, body, pair, completed_at, traceparent)
finish_recording(lane)
push_message(lane, id)
return reply(lane, event, recorded)
