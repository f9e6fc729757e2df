-- Pump: who goes now. Arm: who wakes the lane later. Every transition ends with both.

local function slots(lane)
  return size(lane, 'queued') + size(lane, 'leases')
end

local function one_at_a_time(lane)
  return lane.fails >= POLICY.down_after_failures or lane.probe ~= ''
end

local function limit(lane)
  return one_at_a_time(lane) and 1 or math.min(lane.window, lane.subscription.max_in_flight)
end

--- Whether nothing comes back from what is in flight: no answer for longer than this endpoint is known to take.
local function silent(lane)
  local patience = math.max(POLICY.silence_ms, 2 * lane.took)
  -- Asked of a lane that hears answers all the time, this costs nothing.
  if lane.now - lane.last_at <= patience then return false end
  local _, lease = head(lane, 'leases')
  return lease ~= nil and lane.now - (lease - POLICY.lease_ms) > patience
end

--- Whether one more may take a slot. Beside a POST that hangs none does, however wide the window: when many endpoints
--- begin to hang at once, each takes few of the slots that everybody shares. The answer, or the lease's end, goes on.
local function has_room(lane, in_use)
  return in_use < limit(lane) and (in_use == 0 or not silent(lane))
end

--- The earliest of an event's learner and lesson becomes the probe: it alone is tried, from a new count.
local function set_probe(lane, event)
  local first = first_of(lane, event.pair)
  lane.probe = first.id
  if first.state == 'held' or first.state == 'retrying' then
    move(lane, first, 'held')
    unshelve(lane, first)
    first.n, first.used = 0, 0
    advance(lane, first.pair)
  end
end

local function earliest_due(lane)
  if lane.retrying == 0 then return nil end
  local retry = first_on(lane, 'retries')
  return retry and retry.due <= lane.now and retry or nil
end

local function older(first, second)
  if first and second then return first.seq < second.seq and first or second end
  return first or second
end

--- The oldest held event that has attempts left, or whose attempts count anew since another one was accepted.
local function oldest_ready(lane)
  local spent = first_on(lane, 'used')
  if spent and used_up(lane, spent) then spent = nil end
  return older(first_on(lane, 'held'), spent)
end

local function oldest_held(lane)
  return older(first_on(lane, 'held'), first_on(lane, 'used'))
end

local function choose(lane, in_use)
  if lane.probe ~= '' then
    local probe = load(lane, lane.probe)
    if probe and (probe.state == 'held' or probe.state == 'retrying' and probe.due <= lane.now) and shelved(lane, probe) then
      return probe
    end
  end
  local due = earliest_due(lane)
  if one_at_a_time(lane) then
    if due then return due end
  else
    local ready = older(due, oldest_ready(lane))
    if ready then return ready end
  end
  -- Nobody is left who could bring the success that the held ones wait for: one of them must.
  if in_use == 0 and size(lane, 'retries') == 0 then
    local probe = oldest_held(lane)
    if probe then lane.probe = probe.id end
    return probe
  end
  return nil
end

--- Take a slot and have it published.
local function enqueue(lane, event)
  event.queued_at = lane.now
  move(lane, event, 'queued')
  zadd(lane, 'queued', lane.now + POLICY.republish_after_ms * 2 ^ event.republished, event.id)
  event.on_retries = lane.fails > 0 and 1 or 0
  add(lane, 'publish', event.id, event.on_retries == 1 and 'retries' or 'completions', lane.now)
end

--- Hand an event to the caller: leased, with a token that only this lease has.
local function deliver(lane, event)
  local body = call('GET', event_key(lane, 'body', event.id))
  if not body then
    move(lane, event, 'expired')
    notice(lane, 'event.expired', event.id, 'its body is gone from Redis')
    return false
  end
  local start = lane.now
  if lane.subscription.max_per_second > 0 then
    start = math.max(start, lane.next_at)
    lane.next_at = start + 1000 / lane.subscription.max_per_second
  end
  move(lane, event, 'delivering')
  zadd(lane, 'leases', math.ceil(start) + POLICY.lease_ms, event.id)
  event.token = string.format('%.0f-%d', lane.now_us, lane.tick)
  event.window_at_admit = lane.window
  event.republished = 0
  event.posts = event.posts + 1
  lane.given = {
    event.id, body, lane.subscription.document, event.n + 1, event.token,
    math.ceil(start - lane.now), POLICY.lease_ms, math.floor(event.seq / 1000), event.posts == 1 and 1 or 0,
    event.trace,
  }
  return true
end

local function pump(lane, in_place)
  if standing(lane) then return end
  local in_use = slots(lane)
  while has_room(lane, in_use) and lane.now >= gate(lane) do
    local event = choose(lane, in_use)
    if not event then break end
    -- One that was used up starts a new count, whether or not an acceptance has cleared it meanwhile.
    if event.used == 1 then
      unshelve(lane, event)
      event.n, event.used = 0, 0
    end
    local taken = true
    if in_place and not lane.given then taken = deliver(lane, event) else enqueue(lane, event) end
    if taken then in_use = in_use + 1 end
  end
end

--- When something happens in this lane by itself: its earliest retry to come, or the end of its wait.
local function next_time(lane)
  local till = gate(lane)
  local id, at
  if lane.retrying > 0 then
    local after = '(' .. string.format('%.0f', lane.now)
    local coming = call('ZRANGE', key_of(lane, 'retries'), after, '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
    if coming[1] then id, at = coming[1], math.max(tonumber(coming[2]), till) end
  end
  if lane.now < till and (not at or till < at) then
    local waiting = earliest_due(lane) or oldest_held(lane)
    if waiting then id, at = waiting.id, till end
  end
  return id, at
end

--- One countdown a lane: none is added where one is outstanding that comes in time.
local function arm(lane)
  if standing(lane) then return end
  local id, at = next_time(lane)
  if at and call('ZCOUNT', key_of(lane, 'wakes'), lane.now, at) == 0 then
    zadd(lane, 'wakes', at, string.format('%.0f', at))
    add(lane, 'wakes', id, at, at - lane.now)
  end
end
