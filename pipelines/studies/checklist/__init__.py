"""Behavioural tests of both models."""
