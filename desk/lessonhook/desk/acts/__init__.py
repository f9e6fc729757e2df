"""What a person may do: send a sample, replay, rebuild, erase, and write the curl command."""
