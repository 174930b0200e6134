"""Which headlines to label next."""
