"""The one way to seed global random generators, for libraries that draw from them and take no generator."""

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np


@contextmanager
def seeded_globals(rng: np.random.Generator) -> Iterator[None]:
    """Seed the global generators of `random` and NumPy from `rng`, and restore their states on leaving.

    PyTorch's are seeded and restored as well, if something has imported it.
    """
    seed = int(rng.integers(2**32))
    of_python, of_numpy = random.getstate(), np.random.get_state()
    torch: Any = sys.modules.get("torch")
    with torch.random.fork_rng(range(torch.cuda.device_count())) if torch else nullcontext():
        random.seed(seed)
        np.random.seed(seed)
        if torch:
            torch.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(of_python)
            np.random.set_state(of_numpy)
