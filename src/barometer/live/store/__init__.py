"""What the service remembers, in SQLite or PostgreSQL: headlines, scores, roll-ups, leases, feeds and labels.

Functions take a connection of `engine.reading` or `engine.writing` and leave commit and roll-back to it.
"""
