"""Headlines that people label, by Label Studio or by file."""
