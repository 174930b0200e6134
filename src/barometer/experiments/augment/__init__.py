"""Does it help to train on altered copies of the training headlines? Ways to alter them, and their comparison."""
