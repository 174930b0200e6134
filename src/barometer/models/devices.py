"""Where a network is trained and in which precision, and how the processes that train it together share each batch.

They are spawned for the fit alone and hand back the weights. So only one process ever predicts, calibrates, writes
files and tracks runs, whatever started it: a stage, a study, a test.
"""

import os
from collections.abc import Iterable, Iterator, Sized
from typing import Protocol

import torch
from pytorch_lightning.strategies import DDPStrategy
from torch import distributed
from torch.utils.data import Sampler

from barometer.settings import SettingsError, TrainerSettings

FULL, BFLOAT16 = "32-true", "bf16-mixed"
_COMPUTES_BFLOAT16 = ("amx_bf16", "avx512_bf16", "bf16")  # of x86 and of ARM


def check_devices(settings: TrainerSettings) -> None:
    """Raise SettingsError if more devices are asked for than there are: GPUs, or else cores."""
    if torch.cuda.is_available():
        kind, found = "GPUs", torch.cuda.device_count()
    elif torch.backends.mps.is_available():
        kind, found = "GPU", 1
    else:
        kind, found = "CPU cores", os.cpu_count() or 1
    if settings.devices > found:
        raise SettingsError(f"trainer.devices = {settings.devices}: this machine has {found} {kind}")


def lightning_strategy(settings: TrainerSettings) -> DDPStrategy | str:
    """What Lightning is told: spawned processes, since its own `ddp` would run the whole program again in each.

    A pre-trained encoder may carry parameters that nothing reads (BERT's pooler), which have to be looked for.
    """
    if settings.devices == 1 and settings.strategy == "auto":
        return "auto"
    return DDPStrategy(start_method="spawn", find_unused_parameters=True)


def resolve_precision(asked: str) -> str:
    """`asked`, or where that is `auto` what the device computes in: bfloat16 if it can, else single precision."""
    if asked != "auto":
        return asked
    return BFLOAT16 if _computes_bfloat16() else FULL


def _computes_bfloat16() -> bool:
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if torch.backends.mps.is_available():
        return False
    found = torch.cpu.get_capabilities()
    return any(found.get(name, False) for name in _COMPUTES_BFLOAT16)


def processes() -> int:
    """How many processes train together; 1 outside of such a training."""
    return distributed.get_world_size() if distributed.is_available() and distributed.is_initialized() else 1


def total(value: torch.Tensor) -> torch.Tensor:
    """The sum of a value over the processes, the same in each; the value itself where there is one process."""
    if processes() == 1:
        return value
    summed = value.detach().clone()
    distributed.all_reduce(summed)
    return summed


class _Batches(Iterable[list[int]], Sized, Protocol):
    """Batches of indices."""


class Shares(Sampler[list[int]]):
    """This process's share of each batch, so that all together read the batches that one process would read.

    Process r of n gets every n-th item from the r-th on. From a batch of fewer than n items each process gets all of
    them, which leaves their mean as it is.
    """

    def __init__(self, batches: _Batches) -> None:
        self.batches = batches

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[list[int]]:
        count = processes()
        rank = distributed.get_rank() if count > 1 else 0
        for batch in self.batches:
            yield batch if len(batch) < count else batch[rank::count]
