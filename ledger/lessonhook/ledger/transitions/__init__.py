"""Every change of the ledger, each one atomic Lua script."""
