"""How far newer headlines differ from those that a model was trained on."""
