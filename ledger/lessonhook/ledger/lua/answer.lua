-- What a transition answers, after all that it changed is written. `replies.py` reads the fields in this order.

--- When the sweep must look at this lane, if nothing else happens in it.
local function attention_needed(lane)
  local soonest = nil
  local function by(time)
    if time and (not soonest or time < soonest) then soonest = time end
  end
  local _, lease = head(lane, 'leases')
  local _, queued = head(lane, 'queued')
  local _, oldest = head(lane, 'open')
  by(lease)
  by(queued)
  by(oldest and math.floor(oldest / 1000) + POLICY.retention_ms)
  if untold(lane) then by(lane.now) end
  if not standing(lane) then
    local _, due = head(lane, 'retries')
    local till = gate(lane)
    by(due and math.max(due, till, lane.now) + POLICY.wake_grace_ms)
    if lane.now < till and oldest_held(lane) then by(till + POLICY.wake_grace_ms) end
  end
  return soonest
end

--- Note when the sweep must look. Looking too early is harmless, so a time that is soon enough is left as it is, and
--- where nothing but a fresh event needs a look, nothing is asked.
local function note_attention(lane, swept)
  local noted = lane.attention
  local sure = not swept and not untold(lane) and lane.now >= gate(lane)
  if sure and noted > lane.now and noted <= lane.now + POLICY.never_sooner_ms then return end
  local needed = sure and noted == 0 and lane.has_fresh and lane.now + POLICY.never_sooner_ms or attention_needed(lane)
  local key = lane.base .. 'attention'
  if not needed then
    if noted > 0 then
      call('ZREM', key, lane.subscriber)
      lane.attention = 0
    end
  elseif swept or noted == 0 or needed < noted or noted <= lane.now then
    call('ZADD', key, needed, lane.subscriber)
    call('PEXPIRE', key, POLICY.life_ms)
    lane.attention = needed
  end
end

local function answer(lane, event, recorded, swept)
  arm(lane)
  note_attention(lane, swept)
  save_events(lane)
  save_lane(lane)
  return {
    lane.now, event and event.state or '', event and event.n or 0, event and event.state == 'retrying' and event.due or 0,
    recorded or '', lane.given, lane.publish, lane.wakes, lane.notices,
  }
end
