"""How the learning curve is measured and extended."""
