"""How asking for labels is simulated and measured."""
