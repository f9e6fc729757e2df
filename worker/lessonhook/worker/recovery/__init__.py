"""Finds what a crash left behind, and notices when this worker is deaf or everything fails."""
