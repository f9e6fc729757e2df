"""What leaves the ledger: messages for the broker, notices of changes, and the trace context that goes with both."""
