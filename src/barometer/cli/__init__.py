"""The command line, `barometer`."""
