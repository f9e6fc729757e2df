-- record: write a fresh event, lift an exhaustion's pause, take a slot or hold it.

--- An event that `load` did not find.
local function new_event(lane, id, body, pair, completed, trace)
  lane.seq = math.max(lane.seq + 1, lane.now_us)
  lane.recorded = lane.recorded + 1
  local event = read_fields({}, blank_event(), {
    id = id, fresh = true, seq = lane.seq, pair = pair, completed = completed, ok_mark = lane.tick, trace = trace,
  })
  lane.events[id] = event
  lane.has_fresh = true
  call('SET', event_key(lane, 'body', id), body, 'PX', POLICY.life_ms)
  zadd(lane, 'open', event.seq, id)
  count(lane, 'recorded')
  return event
end

--- Take a fresh event in and answer whether nothing is ahead of it; an earlier completion recorded late goes ahead of
--- what was first until now. It stands on no shelf yet: most that may go do so at once.
local function join(lane, event)
  local key = order_key(lane, event.pair)
  call('ZADD', key, event.completed, place(event))
  call('PEXPIRE', key, POLICY.life_ms)
  local members = call('ZRANGE', key, 0, 1)
  if id_at(members[1]) ~= event.id then return false end
  if not members[2] then return true end
  local second = load(lane, id_at(members[2]))
  if second then unshelve(lane, second) end
  return not any_in_flight(lane, event.pair)
end

local lane = lane_of_call()
local id, body, pair, completed, rendering = ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7]
local trace = ARGV[8]

local function unchanged(event, recorded)
  return {
    lane.now, event and event.state or '', event and event.n or 0, event and event.due or 0, recorded,
    false, false, false, false,
  }
end

if not lane.subscription.there then return unchanged(nil, 'no-subscription') end
local known = load(lane, id)
if known then return unchanged(known, 'duplicate') end

-- The body was rendered for other options than the subscription has now: the caller renders it anew.
if rendering ~= lane.subscription.rendering then return unchanged(nil, 'rendering:' .. lane.subscription.rendering) end

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
