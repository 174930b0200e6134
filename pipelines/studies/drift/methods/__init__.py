"""How the sets are selected and compared."""
