-- fetch: close the events that a subscriber acknowledges, and hand it the next ones. For a subscription that pulls.
--
--   KEYS[1]  the subscriber's lane
--   ARGV[1]  ms that the clock is ahead (tests only)
--   ARGV[2]  subscriber
--   ARGV[3]  id of the last event that the subscriber has taken; '' for none
--   ARGV[4]  how many events to hand out, at most
--   ARGV[5]  JSON for the log of attempts of each acknowledged event
--   ARGV[6]  digest of the token that the subscriber showed
--
--   Returns  what happened: 'fetched', 'wrong-token', 'no-pull', 'too-soon' or 'unknown'; ms to wait after 'too-soon'; the
--            subscription's document; the events as id, sealed body and 1 if it tells the past, in turns; how many events
--            are undelivered; the reply of `reply.lua`, or nil.
--   Changes  lane; acknowledged events of fetched, from a waiting set or queued to done; events of retries, exhausted and
--            queued to held, those of the past to backfill; fetched; attempts, day; attention. A wrong token changes nothing.

--- At most this many bytes of sealed bodies are handed out, but always one body.
local BYTES_AT_ONCE = 1000000
--- How many events of each kind one call closes or moves. The next call continues.
local EVENTS_AT_ONCE = 128
--- A subscriber may call so often in the long run, and may be ahead of that by `BURST_MS`: ten calls a second, ten at once.
local PACE_MS, BURST_MS = 100, 1000
--- Values of one event that is handed out.
local FACTS = 3

local base = base_of_call()
local fields = call('HMGET', base .. 'subscription:' .. ARGV[2], 'pull_token_digest', 'pull')
if not fields[1] or fields[1] ~= ARGV[6] then return { 'wrong-token', 0, '', {}, 0, false } end
if fields[2] ~= '1' then return { 'no-pull', 0, '', {}, 0, false } end

local lane = lane_of_call()
local after_id, at_most, log = ARGV[3], tonumber(ARGV[4]), ARGV[5]
-- A time further ahead than any fetch writes is one of a clock that was set back.
local is_of_another_clock = lane.next_fetch_at > lane.now + BURST_MS + PACE_MS
local allowed_at = (is_of_another_clock and lane.now or math.max(lane.next_fetch_at, lane.now)) + PACE_MS
if allowed_at > lane.now + BURST_MS then
  return { 'too-soon', allowed_at - lane.now - BURST_MS, '', {}, 0, false }
end
-- Before here nothing is written: a refused fetch costs no more than this.
follow_clock(lane)
lane.next_fetch_at = allowed_at

--- Close the events that were handed out up to the one that the subscriber names, that one included. `fetched` has them in
--- the order of handing out. A response that has an event also has all that stand before it, so none is closed unseen.
local function acknowledge(last)
  local place = call('ZSCORE', key_of(lane, 'fetched'), last.id)
  if not place then return end
  for _, id in ipairs(call('ZRANGE', key_of(lane, 'fetched'), '-inf', place, 'BYSCORE', 'LIMIT', 0, EVENTS_AT_ONCE)) do
    zrem(lane, 'fetched', id)
    local event = load_event(lane, id)
    if event and not FINAL[event.state] and event.state ~= 'delivering' then
      log_attempt(lane, event, log)
      change_state(lane, event, 'delivered')
      lane.last_outcome, lane.last_attempt_at = 'fetched', lane.now
    end
  end
end

--- Let events wait for a fetch that waited for a POST before the subscription was one that pulls.
local function take_over()
  lane.failures_in_a_row, lane.wait_until, lane.probe = 0, 0, ''
  if lane.paused_exhausted_at > 0 then
    lane.paused_exhausted_at = 0
    lane.resume_reason = 'a fetch'
  end
  for _, kind in ipairs({ 'retries', 'backfill-retries', 'exhausted', 'queued' }) do
    for _, id in ipairs(call('ZRANGE', key_of(lane, kind), 0, EVENTS_AT_ONCE - 1)) do
      local event = load_event(lane, id)
      if event then
        leave_waiting(lane, event)
        event.failed_attempts, event.exhausted = 0, 0
        change_state(lane, event, 'held')
      else
        forget(lane, id)
      end
    end
  end
end

--- Return ids and bodies. What was handed out and not acknowledged comes first, in the same order. The oldest events with
--- nothing ahead follow, in record order, and after all of these the past. Of one pair, only one event is handed out at a
--- time.
local function hand_out()
  local handed, bytes, is_out, is_pair_out = {}, 0, {}, {}
  --- Add an event. Return whether there was room for it.
  local function add(event)
    if #handed >= FACTS * at_most then return false end
    local body = call('GET', event_key(lane, 'body', event.id))
    if not body then
      zrem(lane, 'fetched', event.id)
      change_state(lane, event, 'expired')
      add_notice(lane, 'event.expired', event.id, 'its body is gone from Redis')
      return true
    end
    bytes = bytes + #body
    if bytes > BYTES_AT_ONCE and handed[1] then return false end
    is_out[event.id], is_pair_out[event.pair] = true, true
    handed[#handed + 1] = event.id
    handed[#handed + 1] = body
    handed[#handed + 1] = event.backfill
    return true
  end

  for _, id in ipairs(call('ZRANGE', key_of(lane, 'fetched'), 0, -1)) do
    local event = load_event(lane, id)
    if not event or event.state ~= 'held' then
      zrem(lane, 'fetched', id)
    elseif not add(event) then
      return handed
    end
  end
  local place = tonumber(call('ZRANGE', key_of(lane, 'fetched'), -1, -1, 'WITHSCORES')[2] or 0)
  for _, kind in ipairs(is_backfilling(lane) and { 'held', 'backfill' } or { 'held' }) do
    for _, id in ipairs(call('ZRANGE', key_of(lane, kind), 0, at_most + #handed / FACTS - 1)) do
      local event = load_event(lane, id)
      if not event then
        forget(lane, id)
      elseif not is_out[id] and not is_pair_out[event.pair] then
        if not add(event) then return handed end
        place = place + 1
        if is_out[id] then zadd(lane, 'fetched', place, id) end
      end
    end
  end
  return handed
end

local last = after_id ~= '' and load_event(lane, after_id) or nil
if after_id ~= '' and not last then return { 'unknown', 0, '', {}, 0, reply(lane) } end
if last then acknowledge(last) end
take_over()
local handed = lane.paused_operator_at == 0 and hand_out() or {}
return { 'fetched', 0, lane.subscription.document, handed, size(lane, 'open') + lane.backfill_open, reply(lane) }
