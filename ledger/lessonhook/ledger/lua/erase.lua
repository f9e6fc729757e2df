-- erase: wipe what an event says. An event in flight keeps its slot and its place in order until its settle.
--
--   KEYS[1]  the subscriber's lane
--   ARGV[1]  ms that the clock is ahead (tests only)
--   ARGV[2]  subscriber
--   ARGV[3]  event id
--   ARGV[4]  who erases it
--
--   Returns  the reply of `reply.lua`.
--   Changes  body, attempts; event and lane; from open and its waiting set to done, unless it is in flight; audit; attention.

local lane = lane_to_change()
local event = load_event(lane, ARGV[3])
if event then
  if event.state ~= 'erased' then
    event.erased_by = ARGV[4]
    note_act(lane, 'erase', ARGV[4], event.id, '')
  end
  if event.state == 'delivering' then
    wipe(lane, event)
    event.erasing = 1
  elseif FINAL[event.state] then
    wipe(lane, event)
  else
    change_state(lane, event, 'erased')
    add_notice(lane, 'event.erased', event.id, 'erased')
  end
end
pump(lane, false)
return reply(lane, event)
