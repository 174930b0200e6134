"""How MLflow's client is used here: which address it talks to, and what its errors become."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import mlflow
from filelock import FileLock
from mlflow.exceptions import MlflowException

from barometer.ship.moved import database_file
from barometer.ship.reachable import URI_VARIABLE, RegistryError

DEFAULT_URI = "sqlite:///mlflow.db"
_ROOT_VARIABLE = "DVC_ROOT"  # set by DVC for its stages


def of_checkout(uri: str) -> str:
    """The default file lies in the checkout, also while DVC runs an experiment in a copy that it deletes."""
    root = os.environ.get(_ROOT_VARIABLE)
    return f"sqlite:///{root}/mlflow.db" if uri == DEFAULT_URI and root else uri


@contextmanager
def taking_turns() -> Iterator[None]:
    """Wait until no other experiment works on the registry's file, which those that DVC runs at once share.

    Otherwise two of them make its tables, or its first champion, at the same time. A server sees to its tables itself.
    """
    file = database_file(of_checkout(os.environ.get(URI_VARIABLE) or DEFAULT_URI))
    with nullcontext() if file is None else FileLock(f"{file}.lock"):
        yield


def address(uri: str) -> str:
    """A tracking address without what comes before its host, which may be a password."""
    scheme, mark, rest = uri.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"


def flat(error: Exception) -> str:
    """What an error says, on one line and not endless."""
    return " ".join(str(error).split())[:500]


@contextmanager
def one_line(uri: str) -> Iterator[None]:
    """What MLflow or the server says is wrong, as a RegistryError of one line."""
    try:
        yield
    except MlflowException as error:
        raise RegistryError(f"MLflow at {address(uri)}: {flat(error)}") from error
    except ModuleNotFoundError as error:
        raise RegistryError(f"MLflow at {address(uri)} needs the package {error.name}, which is missing") from error


@contextmanager
def tracking_at(uri: str) -> Iterator[None]:
    """Point MLflow's global functions at `uri`; they put it into the environment, where it must not stay."""
    before = os.environ.get(URI_VARIABLE)
    mlflow.set_tracking_uri(uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(None)
        if before is not None:
            os.environ[URI_VARIABLE] = before


@contextmanager
def absent_is_fine(*codes: str) -> Iterator[None]:
    """Around calls whose errors with these codes only say that something is not there, or is there already."""
    try:
        yield
    except MlflowException as error:
        if error.error_code not in codes:
            raise
