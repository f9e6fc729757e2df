"""Options that several commands read in the same way: times, names, credentials, a subscription's options."""
