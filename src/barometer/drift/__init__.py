"""How far newer headlines are from those that a model learnt from."""
