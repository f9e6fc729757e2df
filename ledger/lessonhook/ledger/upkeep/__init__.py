"""The ledger in order: erasure, resealing, what the sweep goes by; and what lapses: heartbeats, errands, links."""
