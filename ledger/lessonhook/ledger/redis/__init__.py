"""The connection to Redis, and the encryption of what it stores."""
