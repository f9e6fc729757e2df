-- Rules: the fields of a hash, which are read once in a transition and written back once. A lane is one, and so is an event.

local call = redis.call

--- The lifetime of an undelivered event, as digits: Redis would make them of a number anew for every command.
local LIFE_MS = 'POLICY.life_ms'

--- Return `into`, in which each field reads as stored, or as its default, until it is set. A stored field without a
--- default was added by a newer release: it is left alone. `fields` are `LANE_FIELDS` or `EVENT_FIELDS`. `before` is an
--- empty table with room for what is stored most often, and becomes what is stored.
local function read_fields(stored, fields, before, into)
  local defaults = fields.__index
  for at = 1, #stored, 2 do
    local field, value = stored[at], stored[at + 1]
    local default = defaults[field]
    -- An addition makes a number of the text for a third of what `tonumber` costs.
    if default == '' then before[field] = value elseif default then before[field] = value + 0 end
  end
  -- It is its own metatable, because one table more would cost as much as a small command.
  before.__index = before
  into.before = setmetatable(before, fields)
  return setmetatable(into, before)
end

--- Return `into`, of which nothing is stored yet.
local function without_stored(fields, into)
  into.before = fields.__index
  return setmetatable(into, fields)
end

--- Write the fields that changed since `read_fields`, if more than `ignored` did. Return whether they were written.
local function write_changes(key, record, ignored)
  -- Made in one piece: a table that grows is made anew each time that it is full.
  local changed = { nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil }
  local length, before = 0, record.before
  for field, value in pairs(record) do
    local old = before[field]
    if old and value ~= old then
      changed[length + 1], changed[length + 2] = field, value
      length = length + 2
    end
  end
  if length <= 2 * ignored then return false end
  call('HSET', key, unpack(changed, 1, length))
  return true
end
