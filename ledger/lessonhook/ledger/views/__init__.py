"""Reads the ledger for people: events, lanes, days and sums. Changes nothing."""
