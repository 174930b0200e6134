"""What people run by hand; `make` calls it."""
