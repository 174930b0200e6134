"""Downloads public corpora into the data folder, checked by SHA-256; a mirror is tried before the public address."""

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pooch

from barometer.corpus.sentfin import agreeing_headlines

MIRROR = "BAROMETER_MIRROR"


class FetchError(RuntimeError):
    """A corpus could not be had, or is not what it should be."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a corpus is made from the public file, whose digest this is; a mirror has the corpus as it is."""

    sha256: str
    convert: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A file to fetch; without an address only a mirror has it."""

    name: str
    sha256: str
    url: str | None
    licence: str
    made_by: Conversion | None = None


CORPORA: dict[str, PublicFile] = {
    "cryptolin": PublicFile(
        "CryptoLin_IE.csv",
        "2e341ecb64641e98989215a4b3aadd11b55e030b10512bd704d20fcf99bc713a",
        "https://raw.githubusercontent.com/manoelgadi/CryptoLin/4b1daf5/CryptoLin_IE.csv",
        "as its repository says (CryptoLin, Gadi and Sicilia 2022)",
    ),
    "sentfin": PublicFile(
        "sentfin_headlines.csv",
        "caa5ab36637ed84c07e5cf91162d5402793b3c063122a9595b5fd6834a01fcf9",
        "https://raw.githubusercontent.com/pyRis/SEntFiN/eba43610fe3cb57a3e5773cd6c037da1f8992ad5/SEntFiN.csv",
        "MIT (SEntFiN, Sinha et al. 2022, headlines whose entities agree)",
        Conversion("570af7ba58f724f3fcc414dd5ba80da5b1a3b342134d76c6ebdf53a32c54a92f", agreeing_headlines),
    ),
    "unlabelled": PublicFile(
        "headlines_unlabelled.csv",
        "fe59085c9758c4c8f688cedb870ffdd7b69283b2517d8beb2e41f1dd575df43a",
        None,
        "public repositories; for research",
    ),
}


# No single files, but put together: see barometer.corpus.fetch_news and barometer.corpus.fetch_market.
NEWS, FRESH, MARKET = "news", "fresh", "market"
PUT_TOGETHER = (NEWS, FRESH, MARKET)
UNLABELLED = "unlabelled"  # a file where a mirror has it, otherwise what can be put together of it


def fetch_file(name: str, data: Path, mirror: str | None = None) -> Path:
    """Put a public file under `data/NAME/` and return it.

    Args:
        name: a key of CORPORA.
        data: the folder of raw corpora.
        mirror: a folder or base URL that is tried first; the environment variable BAROMETER_MIRROR if not given.

    Raises:
        FetchError: naming the address, the mirror variable and what went wrong.
    """
    if name not in CORPORA:
        raise FetchError(f"unknown corpus {name!r}; expected one of {', '.join([*CORPORA, *PUT_TOGETHER])}")
    file = CORPORA[name]
    target = data / name / file.name
    if target.is_file() and pooch.file_hash(str(target), alg="sha256") == file.sha256:
        return target
    mirror = mirror or os.environ.get(MIRROR)
    problems = []
    for address in _addresses(file, mirror):
        try:
            return _get(address, file, target)
        except (OSError, ValueError) as error:
            problems.append(f"{address}: {error}")
    told = "\n  ".join(problems or ["it has no public address; only a mirror has it"])
    raise FetchError(
        f"cannot fetch {name} ({file.name}):\n  {told}\n"
        f"Set {MIRROR} to a folder or base URL that holds {file.name}, or put it at {target} yourself; then run the "
        "command again (a file that is there and right is not fetched twice)."
    )


def _addresses(file: PublicFile, mirror: str | None) -> list[str]:
    mirrored = [f"{mirror.rstrip('/')}/{file.name}"] if mirror else []
    return [*mirrored, *([file.url] if file.url else [])]


def _get(address: str, file: PublicFile, target: Path) -> Path:
    if "://" in address:
        if file.made_by and address == file.url:
            return _convert(address, file, file.made_by, target)
        pooch.retrieve(address, f"sha256:{file.sha256}", fname=target.name, path=target.parent, progressbar=True)
        return target
    source = Path(address).expanduser()
    if not source.is_file():
        raise FileNotFoundError("no such file")
    found = pooch.file_hash(str(source), alg="sha256")
    if found != file.sha256:
        raise ValueError(f"sha256 is {found}; expected {file.sha256}")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return target


def _convert(address: str, file: PublicFile, conversion: Conversion, target: Path) -> Path:
    with tempfile.TemporaryDirectory() as folder:
        raw = pooch.retrieve(address, f"sha256:{conversion.sha256}", fname="raw", path=folder, progressbar=True)
        made = conversion.convert(Path(raw).read_bytes())
    if (found := sha256(made).hexdigest()) != file.sha256:
        raise ValueError(f"sha256 of what is made from it is {found}; expected {file.sha256}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(made)
    return target
