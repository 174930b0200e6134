"""What building a Space may raise."""


class BuildError(RuntimeError):
    """A Space cannot be built from what is there; the message says what is missing or wrong."""
