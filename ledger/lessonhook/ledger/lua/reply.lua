-- Rules: the reply of a transition, after all that it changed is written. `replies.py` reads the values in this order:
--
--   1  Redis' clock, in ms
--   2  state of the event that the transition was about, '' if the ledger does not know it
--   3  its failed attempts in this count
--   4  when it is due for a retry, in ms; 0 if it is not retrying
--   5  what `record` did: 'queued', 'held', 'superseded', 'duplicate', 'no-subscription' or 'rendering:' with the
--      right options; else ''
--   6  nil, or the event to POST: id, body, subscription's document, attempt, token, ms to wait before the POST, lease in
--      ms, when it was recorded in ms, '1' before its first POST, traceparent, 1 if it tells the past, and how long the
--      lane's last accepted POST took in ms: 0 before the first one, -1 while the endpoint fails
--   7  nil, or the messages to publish: id, queue and the time when the slot was taken, for each
--   8  nil, or the countdowns to publish: id, time of the wake and ms until then, for each
--   9  nil, or the notices: kind, event id and reason, for each

--- Return whether an event may go at once although nothing will let it: no time that comes, and no slot that ends. Where
--- `pump` was, there is none. A transition without it follows a message that was lost, and the sweep goes on from there.
local function is_stuck(lane, earliest)
  if lane.now < earliest or slots_in_use(lane) > 0 then return false end
  local probe = lane.probe
  local event = choose(lane, 0)
  lane.probe = probe
  return event ~= nil
end

--- Return when the sweep must look at this lane if nothing else happens in it; nil if it need not.
local function attention_needed(lane)
  local soonest = nil
  local function consider(time)
    if time and (not soonest or time < soonest) then soonest = time end
  end
  local _, lease_end = head(lane, 'leases')
  local _, message_gone_at = head(lane, 'queued')
  local _, oldest_us = head(lane, 'open')
  consider(lease_end)
  consider(message_gone_at)
  consider(oldest_us and math.floor(oldest_us / 1000) + POLICY.retention_ms)
  if lane.backfill_open > 0 then
    local _, oldest_past_us = head(lane, 'backfill-open')
    consider(oldest_past_us and math.floor(oldest_past_us / 1000) + POLICY.retention_ms)
  end
  if is_pause_unannounced(lane) then consider(lane.now) end
  if not stopped(lane) then
    local _, past_at = next_wake_of_backfill(lane)
    consider(past_at and past_at + POLICY.wake_grace_ms)
    local _, due_at = head(lane, 'retries')
    local earliest = not_before(lane)
    consider(due_at and math.max(due_at, earliest, lane.now) + POLICY.wake_grace_ms)
    if lane.now < earliest and oldest_held(lane) then consider(earliest + POLICY.wake_grace_ms) end
    if is_stuck(lane, earliest) then consider(lane.now) end
  end
  return soonest
end

--- Return whether this transition held fresh events and did nothing else that the sweep could have to look after.
local function has_only_held(lane)
  return lane.has_new_event and not lane.has_enqueued and not lane.has_followed_clock
    and lane.paused_exhausted_at == lane.before.paused_exhausted_at
end

--- Note when the sweep must look at this lane. An early sweep is harmless, so an existing note that is early enough is
--- kept. If only a fresh event needs a sweep, skip the queries: it cannot need one sooner than `never_sooner_ms`, and one
--- that is held needs none that its lane did not need before.
local function note_attention(lane, is_sweep)
  local noted = lane.attention_at
  local is_simple = not is_sweep and not is_pause_unannounced(lane) and lane.now >= not_before(lane)
    and lane.backfill_open == 0
  local is_early_enough = noted <= lane.now + POLICY.never_sooner_ms or has_only_held(lane)
  if is_simple and noted > lane.now and is_early_enough then return end
  local is_fresh_only = is_simple and noted == 0 and lane.has_new_event
  local needed = is_fresh_only and lane.now + POLICY.never_sooner_ms or attention_needed(lane)
  local key = lane.base .. 'attention'
  if not needed then
    if noted > 0 then
      call('ZREM', key, lane.subscriber)
      lane.attention_at = 0
    end
  elseif is_sweep or noted == 0 or needed < noted or noted <= lane.now then
    call('ZADD', key, needed, lane.subscriber)
    call('PEXPIRE', key, LIFE_MS)
    lane.attention_at = needed
  end
end

--- End a transition: arm the lane, write what changed, and return the reply.
local function reply(lane, event, recorded, is_sweep)
  arm(lane)
  note_attention(lane, is_sweep)
  save_events(lane)
  save_lane(lane)
  -- Without a subscription and without undelivered events, nothing of the subscriber is listed any more.
  if not lane.subscription.exists and size(lane, 'open') == 0 and lane.backfill_open == 0 then
    call('SREM', lane.base .. 'subscribers', lane.subscriber)
  end
  return {
    lane.now, event and event.state or '', event and event.failed_attempts or 0,
    event and event.state == 'retrying' and event.due_at or 0,
    recorded or '', lane.delivery, lane.publish, lane.wakes, lane.notices,
  }
end
