-- record: write a fresh event, lift an exhaustion's pause, take a slot or hold it.

local lane = lane_of_call()
local id, body, pair, completed, rendering = ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7]
local trace = ARGV[8]

local function unchanged(event, recorded)
  return {
    lane.now, event and event.state or '', event and event.n or 0, event and event.due or 0, recorded, {}, {}, {}, {},
  }
end

if not lane.subscribed then return unchanged(nil, 'no-subscription') end
local known = load(lane, id)
if known then return unchanged(known, 'duplicate') end

-- The body was rendered for other options than the subscription has now: the caller renders it anew.
if rendering ~= lane.rendering then return unchanged(nil, 'rendering:' .. lane.rendering) end

local event = new_event(lane, id, body, pair, completed, trace)
local first = join(lane, event)
if first and not standing(lane) and lane.now >= gate(lane) and has_room(lane, slots(lane)) then
  enqueue(lane, event)
else
  event.state = 'held'
  if first then shelve(lane, event) end
  if lane.paused_x > 0 and lane.paused_op == 0 then
    lane.paused_x = 0
    lane.because = 'a fresh event'
    set_probe(lane, event)
  end
end
pump(lane, false)
return answer(lane, event, event.state == 'queued' and 'queued' or 'held')
