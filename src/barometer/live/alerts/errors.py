"""Why a channel did not accept a message."""


class ChannelError(RuntimeError):
    """A channel cannot be used, or did not accept a message; the text is for a person and holds no secret."""
