"""Live news: fetched, parsed, filtered, stored with its predictions, and summed up as the barometer. Knows no model."""
