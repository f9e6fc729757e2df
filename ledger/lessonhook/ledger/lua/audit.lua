-- Rules: the audit trail, which is who did what to a subscriber and when. Only transitions that a person starts use it.

--- How many entries of a subscriber are kept.
local ACTS_KEPT = 500
--- An act that the same person repeats within this time is one entry with a number. So a replay of thousands of events,
--- or a nightly job that saves all subscriptions, pushes no other act out.
local SAME_ACT_US = 90000000000

--- Return the last entry of the trail and its time in microseconds; nil if there is none.
local function last_act(key)
  local line = call('LINDEX', key, -1)
  local at, text = string.match(line or '', '^(%d+) (.*)$')
  if not at then return nil end
  local is_read, entry = pcall(cjson.decode, text)
  return is_read and type(entry) == 'table' and entry or nil, tonumber(at)
end

--- Add an act to the trail. `event_id` is '' for an act on the subscriber itself.
local function note_act(lane, act, by, event_id, detail)
  local key = key_of(lane, 'audit')
  local entry = { act = act, by = by, event = event_id, detail = detail, times = 1, since = lane.now }
  local last, at = last_act(key)
  local is_again = last and last.act == act and last.by == by and last.detail == detail and lane.now_us - at <= SAME_ACT_US
  if is_again then entry.times, entry.since = (last.times or 1) + 1, last.since end
  local line = string.format('%.0f', lane.now_us) .. ' ' .. cjson.encode(entry)
  if is_again then
    call('LSET', key, -1, line)
  elseif call('RPUSH', key, line) > ACTS_KEPT then
    call('LTRIM', key, -ACTS_KEPT, -1)
  end
  call('PEXPIRE', key, POLICY.statement_retention_ms)
end

--- Return the reason of an operator's pause or resume, for its notice.
local function operator(by)
  return by == '' and 'an operator' or 'an operator (' .. by .. ')'
end
