"""Which titles are news worth keeping, and which of them tell the same story."""
