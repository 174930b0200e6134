"""Steps from no tables to those of `schema.py`, in order; each is one module of `versions`."""
