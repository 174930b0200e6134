"""Can newer headlines be told from those that were learnt from?"""
