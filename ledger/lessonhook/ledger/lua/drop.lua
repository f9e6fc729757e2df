-- drop: end an undelivered event that nobody wants any more. A worker that has it in hand ends it in its own way.
--
--   KEYS[1]  the subscriber's lane
--   ARGV[1]  ms that the clock is ahead (tests only)
--   ARGV[2]  subscriber
--   ARGV[3]  event id
--   ARGV[4]  why, in a person's words
--   ARGV[5]  who drops it
--
--   Returns  the reply of `reply.lua`.
--   Changes  event and lane; from open and its waiting set or queued to done; day; audit;
--            attention.

local lane = lane_to_change()
local event = load_event(lane, ARGV[3])
if event and event.state ~= 'delivering' and not FINAL[event.state] then
  -- With who it was, as the reason of a pause has it: the audit names the last event alone of many that are dropped.
  event.closed_because = ARGV[5] == '' and ARGV[4] or ARGV[4] .. ' (' .. ARGV[5] .. ')'
  change_state(lane, event, 'dropped')
  note_act(lane, 'drop-event', ARGV[5], event.id, ARGV[4])
end
pump(lane, false)
return reply(lane, event)
