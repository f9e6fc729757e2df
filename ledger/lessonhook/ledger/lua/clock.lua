-- Rules: what a lane does when Redis' clock was set back.

--- A step of the clock below this is left alone: it delays an event by no more than itself.
local CLOCK_STEP_MS = 1000

--- Move the scores of a collection, and the same time in its events, by as much as the clock was set back. A lane has few
--- members in these collections: its slots, and the retries of an endpoint that fails.
local function move_times(lane, kind, field, by_ms)
  local members = call('ZRANGE', key_of(lane, kind), 0, -1, 'WITHSCORES')
  for at = 1, #members, 2 do
    call('ZADD', key_of(lane, kind), tonumber(members[at + 1]) - by_ms, members[at])
    local event = field and load_event(lane, members[at])
    if event and event[field] > 0 then event[field] = event[field] - by_ms end
  end
end

--- Set the lane's times back by as much as Redis' clock went back since the lane was written. Otherwise a wait of a second
--- would last as much longer. A countdown that is on its way comes by the worker's clock, as early as ever.
local function follow_clock(lane)
  local by_ms = lane.latest_ms - lane.now
  if by_ms <= CLOCK_STEP_MS then return end
  for _, field in ipairs({ 'wait_until', 'next_post_at', 'next_backfill_at', 'last_attempt_at' }) do
    if lane[field] > 0 then lane[field] = math.max(lane[field] - by_ms, 1) end
  end
  move_times(lane, 'leases', nil, by_ms)
  move_times(lane, 'queued', 'queued_at', by_ms)
  move_times(lane, 'retries', 'due_at', by_ms)
  if lane.backfill_open > 0 then move_times(lane, 'backfill-retries', 'due_at', by_ms) end
  call('DEL', key_of(lane, 'wakes'))
  lane.has_followed_clock = true
end

--- Open the lane that the script changes, by a clock that may have been set back.
local function lane_to_change()
  local lane = lane_of_call()
  follow_clock(lane)
  return lane
end
