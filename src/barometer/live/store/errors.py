"""What makes a store unusable."""


class StoreError(RuntimeError):
    """The store cannot be used: a wrong URL, a missing folder or file, tables of another version."""
