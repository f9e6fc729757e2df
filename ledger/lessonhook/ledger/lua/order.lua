-- Order for one learner and one lesson, and the shelves on which events wait for their turn.
--
-- A shelf (held, used, retries) has only events with nothing ahead. The others of a learner and lesson wait in their
-- `order` collection alone, by `completed_at`, then record order; its first is shelved when nothing of it is in flight.

local function order_key(lane, pair)
  return event_key(lane, 'order', pair)
end

--- Sorts by record order where `completed_at` is the same.
local function place(event)
  return string.format('%016.0f:%s', event.seq, event.id)
end

local function id_at(member)
  return string.sub(member, 18)
end

local function shelve(lane, event)
  if event.state == 'retrying' then
    zadd(lane, 'retries', event.due, event.id)
  else
    zadd(lane, used_up(lane, event) and 'used' or 'held', event.seq, event.id)
  end
end

local function unshelve(lane, event)
  if event.state == 'retrying' then
    zrem(lane, 'retries', event.id)
  elseif event.state == 'held' then
    zrem(lane, 'held', event.id)
    if event.used == 1 then zrem(lane, 'used', event.id) end
  end
end

local function shelved(lane, event)
  local kinds = event.state == 'retrying' and { 'retries' } or { 'held', 'used' }
  for _, kind in ipairs(kinds) do
    if call('ZSCORE', key_of(lane, kind), event.id) then return true end
  end
  return false
end

--- The first of a learner and lesson, and whether it is the only one.
local function first_of(lane, pair)
  local key = order_key(lane, pair)
  while true do
    local members = call('ZRANGE', key, 0, 1)
    if not members[1] then return nil end
    local event = load(lane, id_at(members[1]))
    if event then return event, not members[2] end
    call('ZREM', key, members[1])
  end
end

--- Slots are few, so these few are looked at.
local function any_in_flight(lane, pair)
  for _, kind in ipairs({ 'queued', 'leases' }) do
    for _, id in ipairs(call('ZRANGE', key_of(lane, kind), 0, -1)) do
      local event = load(lane, id)
      if event and event.pair == pair then return true end
    end
  end
  return false
end

--- Shelve the first of a learner and lesson if nothing is ahead of it now.
local function advance(lane, pair)
  local event, only = first_of(lane, pair)
  if not event or FINAL[event.state] or event.state == 'queued' or event.state == 'delivering' then return end
  if only or not any_in_flight(lane, pair) then shelve(lane, event) end
end

local function close(lane, event)
  call('ZREM', order_key(lane, event.pair), place(event))
  zrem(lane, 'open', event.id)
  if lane.probe == event.id then lane.probe = '' end
  event.closed_at = lane.now
  local undelivered = event.state == 'refused'
  event.life = undelivered and POLICY.retention_ms or POLICY.delivered_retention_ms
  zadd(lane, undelivered and 'refused' or 'done', lane.now, event.id)
  if event.state == 'expired' or event.state == 'erased' then wipe(lane, event) end
  if not undelivered then lane[event.state] = lane[event.state] + 1 end
  count(lane, event.state)
end

--- Every change of an event's state goes through here, so that it is in exactly one place.
local function move(lane, event, state)
  local from = event.state
  unshelve(lane, event)
  if from == 'retrying' then lane.retrying = lane.retrying - 1 end
  if from == 'queued' then zrem(lane, 'queued', event.id) end
  if from == 'delivering' then
    zrem(lane, 'leases', event.id)
    event.token = ''
  end
  event.state = state
  if state == 'queued' or state == 'delivering' then return end
  if state == 'retrying' then lane.retrying = lane.retrying + 1 end
  if FINAL[state] then close(lane, event) end
  advance(lane, event.pair)
end
