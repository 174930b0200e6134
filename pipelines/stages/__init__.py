"""One thin script for each DVC stage."""
