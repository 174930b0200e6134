"""Alerts: rules about the barometer, what they see, and how people are told of it."""
