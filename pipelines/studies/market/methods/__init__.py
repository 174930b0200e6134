"""Correlation by lag, and prediction, of two time series."""
