"""What all tasks of one worker process share."""
