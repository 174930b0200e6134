"""What opens files, orders steps and schedules; the deciding is done in `barometer`."""
