"""What leaves the ledger: messages, notices, the trace context that goes with both, and the pace of POSTs by hand."""
