-- For luacheck: what Redis gives a script. The scripts are checked as they are put together, see tests/unit/ledger.
std = "lua51"
read_globals = { "redis", "cjson", "KEYS", "ARGV" }
max_line_length = false
