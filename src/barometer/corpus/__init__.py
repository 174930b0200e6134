"""Corpora: reading raw files, cleaning texts, turning votes into labels, splitting. Tables in memory are pandas."""
