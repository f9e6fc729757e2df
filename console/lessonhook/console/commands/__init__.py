"""One file for each command: it parses its options, calls the desk and prints the result."""
