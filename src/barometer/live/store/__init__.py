"""The store, SQLite or PostgreSQL: headlines, scores, roll-ups, leases, feeds and labels.

Functions take a connection from `engine.reading` or `engine.writing`, which commits or rolls back.
"""
