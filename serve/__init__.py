"""What answers a user: the APIs. Nothing in `barometer` imports this."""
