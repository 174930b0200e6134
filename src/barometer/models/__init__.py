"""Classifiers of headlines behind one protocol, their calibration and their metrics."""
