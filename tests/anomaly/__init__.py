"""Inject every fault at every command, and judge whether the promise holds.

A proxy that speaks Redis' protocol (or AMQP) stands between each process and its servers. At one command of a scenario
it returns an error, cuts the connection, delays the command or sends half a reply. `judge` then looks at the worker,
the endpoint's record, the ledger and `/readyz`. SQLite's tests do the same with each of its system calls.

`make anomaly` runs all of it; a part of it belongs to `make test`. In `make soak` faults of all kinds, of servers,
workers and endpoints too, befall one system together.
"""
