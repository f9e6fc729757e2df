-- Rules: which event goes now (`pump`), and when the lane wakes up later (`arm`). Every transition ends with both.

local function slots_in_use(lane)
  return size(lane, 'queued') + size(lane, 'leases')
end

--- Return whether the lane may use one slot only: its endpoint is down, or a probe tests it.
local function is_one_at_a_time(lane)
  return lane.failures_in_a_row >= POLICY.down_after_failures or lane.probe ~= ''
end

local function slot_limit(lane)
  return is_one_at_a_time(lane) and 1 or math.min(lane.window, lane.subscription.max_in_flight)
end

--- Return whether a POST hangs: it has been in flight for too long, and no other POST has ended in that time. Too long is
--- `hanging_after_ms` or twice the duration of the last accepted POST, whichever is longer.
local function has_hanging_post(lane)
  local patience = math.max(POLICY.hanging_after_ms, 2 * lane.last_duration_ms)
  -- Where POSTs end all the time, this needs no command.
  if lane.now - lane.last_attempt_at <= patience then return false end
  -- Nor does the one POST that this transition begins.
  if lane.delivery and size(lane, 'leases') == 1 then return false end
  local _, lease_end = head(lane, 'leases')
  return lease_end ~= nil and lane.now - (lease_end - POLICY.lease_ms) > patience
end

--- Return whether one more event may take a slot. Beside a hanging POST none may, however wide the window: when many
--- endpoints begin to hang at once, each takes few of the worker slots that everybody shares. The lane goes on when the
--- POST ends, or its lease.
local function has_room(lane, in_use)
  return in_use < slot_limit(lane) and (in_use == 0 or not has_hanging_post(lane))
end

--- Make the first event of an event's pair the probe. It gets a new count of attempts, and goes next and alone.
local function set_probe(lane, event)
  local first = first_of_pair(lane, event.pair)
  lane.probe = first.id
  if first.state == 'held' or first.state == 'retrying' then
    change_state(lane, first, 'held')
    leave_waiting(lane, first)
    first.failed_attempts, first.exhausted = 0, 0
    advance_pair(lane, first.pair)
  end
end

local function older(first, second)
  if first and second then return first.recorded_us < second.recorded_us and first or second end
  return first or second
end

--- How many retries of one millisecond are compared.
local TIES_AT_ONCE = 16

--- Return the retry that has been due for longest, the oldest of those that came due together; nil if none is due. `kind`
--- is `retries`, or `backfill-retries` for those of the past.
local function earliest_due(lane, kind)
  if lane.retrying == 0 then return nil end
  local retry = first_event(lane, kind)
  if not retry or retry.due_at > lane.now then return nil end
  if lane.retrying > 1 then
    local due_at = string.format('%.0f', retry.due_at)
    local ties = call('ZRANGE', key_of(lane, kind), due_at, due_at, 'BYSCORE', 'LIMIT', 0, TIES_AT_ONCE)
    for _, id in ipairs(ties) do retry = older(retry, load_event(lane, id)) end
  end
  return retry
end

--- Return the oldest held event with attempts left. An event in `exhausted` has them again after another's success.
local function oldest_with_attempts(lane)
  local exhausted = first_event(lane, 'exhausted')
  if exhausted and is_exhausted(lane, exhausted) then exhausted = nil end
  return older(first_event(lane, 'held'), exhausted)
end

local function oldest_held(lane)
  return older(first_event(lane, 'held'), first_event(lane, 'exhausted'))
end

--- Return when the next backfilled event may go, as far as its pace says.
local function backfill_may_go_at(lane)
  return math.ceil(math.max(lane.next_backfill_at, next_turn(lane)))
end

--- Return whether backfilled events wait, or may wait, and nobody has stopped them. Of a lane that never had any, no command
--- is asked for them.
local function is_backfilling(lane)
  return lane.backfill_open > 0 and lane.backfill_stopped_at == 0
end

--- Return the backfilled event that goes next; nil if none may. It gets a slot only while the lane has nothing else to do: no
--- slot is in use, and no live event waits.
local function choose_backfill(lane, in_use)
  if in_use > 0 or not is_backfilling(lane) or lane.now < backfill_may_go_at(lane) then return nil end
  if size(lane, 'held') > 0 or size(lane, 'exhausted') > 0 then return nil end
  local due = earliest_due(lane, 'backfill-retries')
  if is_one_at_a_time(lane) then
    if size(lane, 'retries') > 0 then return nil end
    if due or size(lane, 'backfill-retries') > 0 then return due end
  end
  return older(due, first_event(lane, 'backfill'))
end

--- Take the slot back from a backfilled event that waits for a worker, if a live event could use it.
local function withdraw_backfill(lane)
  if lane.backfill_open == 0 or size(lane, 'queued') == 0 then return end
  if size(lane, 'held') == 0 and not earliest_due(lane, 'retries') then return end
  for _, id in ipairs(call('ZRANGE', key_of(lane, 'queued'), 0, -1)) do
    local event = load_event(lane, id)
    if event and waits_apart(event) then change_state(lane, event, 'held') end
  end
end

--- Return the event that goes next; nil if none may.
local function choose(lane, in_use)
  if lane.probe ~= '' then
    local probe = load_event(lane, lane.probe)
    local may_go = probe and (probe.state == 'held' or probe.state == 'retrying' and probe.due_at <= lane.now)
    if may_go and is_waiting(lane, probe) then return probe end
  end
  local due = earliest_due(lane, 'retries')
  if is_one_at_a_time(lane) then
    if due then return due end
  else
    local next_in_line = older(due, oldest_with_attempts(lane))
    if next_in_line then return next_in_line end
  end
  -- Held events wait for another event's success, but nothing is in flight or due for a retry. Promote the oldest held
  -- event to be the probe, or the lane would be stuck.
  if in_use == 0 and size(lane, 'retries') == 0 then
    local probe = oldest_held(lane)
    if probe then
      lane.probe = probe.id
      return probe
    end
  end
  return choose_backfill(lane, in_use)
end

--- Give an event a slot, and ask the caller to publish its message. While the endpoint fails, messages go to the queue
--- `retries`, so that they do not delay fresh events of other subscribers.
local function enqueue(lane, event)
  -- Only a fresh event is on the queue of first attempts, and stays there when its message is lost: a backlog that is
  -- released must not stand before one.
  local is_under_way = event.state == 'queued' or event.state == 'delivering'
  local is_first = event.is_new and event.backfill == 0 or is_under_way and event.on_retries_queue == 0
  event.on_retries_queue = (lane.failures_in_a_row > 0 or not is_first) and 1 or 0
  event.queued_at = lane.now
  lane.has_enqueued = true
  change_state(lane, event, 'queued')
  zadd(lane, 'queued', lane.now + POLICY.republish_after_ms * 2 ^ event.republished, event.id)
  append_reply(lane, 'publish', event.id, event.on_retries_queue == 1 and 'retries' or 'completions', lane.now)
end

--- Hand an event to the caller, with a lease and a token that only this lease has. Return whether it could be handed out.
local function deliver(lane, event)
  local body = call('GET', event_key(lane, 'body', event.id))
  if not body then
    change_state(lane, event, 'expired')
    add_notice(lane, 'event.expired', event.id, 'its body is gone from Redis')
    return false
  end
  local start = lane.now
  if lane.subscription.max_per_second > 0 then
    start = math.max(start, next_turn(lane))
    lane.next_post_at = start + math.min(1000 / lane.subscription.max_per_second, SLOWEST_PACE_MS)
  end
  if waits_apart(event) then lane.next_backfill_at = math.ceil(start) + POLICY.backfill_interval_ms end
  -- If its worker is lost, its message goes where a backlog's goes.
  if event.state ~= 'queued' then event.on_retries_queue = 1 end
  change_state(lane, event, 'delivering')
  zadd(lane, 'leases', math.ceil(start) + POLICY.lease_ms, event.id)
  event.token = string.format('%.0f-%d', lane.now_us, lane.tick)
  event.window_at_admit = lane.window
  event.republished = 0
  event.posts = event.posts + 1
  lane.delivery = {
    event.id, body, lane.subscription.document, event.failed_attempts + 1, event.token,
    math.ceil(start - lane.now), POLICY.lease_ms, math.floor(event.recorded_us / 1000), event.posts == 1 and 1 or 0,
    event.traceparent, event.backfill, lane.failures_in_a_row > 0 and -1 or lane.last_duration_ms,
  }
  return true
end

--- Return whether it is known, without a command, that no event of the lane waits: none is held, and none is to be retried.
local function is_nothing_waiting(lane)
  local sizes = lane.sizes
  return sizes.held == 0 and sizes.exhausted == 0 and lane.retrying == 0 and lane.backfill_open == 0 and not lane.gathered
end

--- Let events go while the lane has room: the first one to the caller if it can POST `in_place`, the others by a message.
local function pump(lane, in_place)
  if is_nothing_waiting(lane) or stopped(lane) then return end
  withdraw_backfill(lane)
  local in_use = slots_in_use(lane)
  while has_room(lane, in_use) and lane.now >= not_before(lane) do
    local event = choose(lane, in_use)
    if not event then break end
    -- An exhausted event that goes again starts a new count, whether another's success or the probe let it go.
    if event.exhausted == 1 then
      leave_waiting(lane, event)
      event.failed_attempts, event.exhausted = 0, 0
    end
    local has_gone = true
    if in_place and not lane.delivery then has_gone = deliver(lane, event) else enqueue(lane, event) end
    if has_gone then in_use = in_use + 1 end
  end
end

--- Return the next retry that is not due yet, and when it goes; nil if there is none.
local function next_retry(lane, kind, earliest)
  if lane.retrying == 0 then return nil end
  local after = '(' .. string.format('%.0f', lane.now)
  local coming = call('ZRANGE', key_of(lane, kind), after, '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
  if coming[1] then return coming[1], math.max(tonumber(coming[2]), earliest) end
end

--- Return for which backfilled event the lane must wake up and when; nil if time alone lets none go. While a slot is in use,
--- the end of its POST is what the past waits for.
local function next_wake_of_backfill(lane)
  if not is_backfilling(lane) or slots_in_use(lane) > 0 then return nil end
  local earliest = math.max(not_before(lane), backfill_may_go_at(lane))
  if lane.now < earliest then
    local waiting = earliest_due(lane, 'backfill-retries') or first_event(lane, 'backfill')
    if waiting then return waiting.id, earliest end
  end
  return next_retry(lane, 'backfill-retries', earliest)
end

--- Return which event the lane must wake up for and when: its next retry, what waits for `not_before`, or the past.
local function next_wake(lane)
  local earliest = not_before(lane)
  local id, at = next_retry(lane, 'retries', earliest)
  if lane.now < earliest and (not at or earliest < at) then
    local waiting = earliest_due(lane, 'retries') or oldest_held(lane)
    if waiting then id, at = waiting.id, earliest end
  end
  local past_id, past_at = next_wake_of_backfill(lane)
  if past_at and (not at or past_at < at) then return past_id, past_at end
  return id, at
end

--- Ask the caller to publish a countdown for the next wake, unless one that is outstanding arrives in time.
local function arm(lane)
  if is_nothing_waiting(lane) or stopped(lane) then return end
  local id, at = next_wake(lane)
  if at and call('ZCOUNT', key_of(lane, 'wakes'), lane.now, at) == 0 then
    zadd(lane, 'wakes', at, string.format('%.0f', at))
    append_reply(lane, 'wakes', id, at, at - lane.now)
  end
end
