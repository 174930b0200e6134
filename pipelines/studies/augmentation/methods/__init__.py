"""Ways to alter a headline, and the test of what they do."""

from collections.abc import Callable, Sequence

import numpy as np

# Maps N normalised titles to N altered ones, in order; a title that cannot be altered comes back as it is.
Augmenter = Callable[[Sequence[str], np.random.Generator], list[str]]


class NotAvailableError(RuntimeError):
    """A method cannot run here, because its data or its model is missing; the message names what is missing."""
