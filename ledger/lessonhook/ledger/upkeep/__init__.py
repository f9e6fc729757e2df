"""Keeps the ledger in order: erasure, resealing, and what the sweep goes by."""
