"""Programs that search for what costs the most. Each runs as long as it is told to, and prints the worst it found."""
