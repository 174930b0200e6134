"""Studies of data and models: what a sentiment project needs to know before it trusts its own numbers."""
