"""Delivers one event: a turn in a lane, its result, its log lines and task events."""
