"""Crypto news barometer: reads crypto headlines and says how negative, neutral or positive they are."""
