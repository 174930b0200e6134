"""Active learning: which headlines to label next, and a simulation that measures whether asking cleverly pays."""
