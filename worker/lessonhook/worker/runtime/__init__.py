"""What all tasks of one worker process share, and the lead that one process at a time has."""
