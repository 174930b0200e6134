"""The words and tables of study reports, made from numbers."""
