"""Does the barometer move with the market?"""
