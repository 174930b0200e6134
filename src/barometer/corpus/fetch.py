"""Downloads public corpora into the data folder, checked by SHA-256; a mirror is tried before the public address."""

import ast
import csv
import io
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pooch

from barometer.card import file_digest

MIRROR = "BAROMETER_MIRROR"
_SENTFIN_COLUMNS = ("text", "label", "date", "source", "n_entities", "entity_labels")
_SENTFIN_LABELS = {"negative": -1, "neutral": 0, "positive": 1}


class FetchError(RuntimeError):
    """A corpus cannot be fetched, or is not what it should be."""


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


def agreeing_headlines(public: bytes) -> bytes:
    """A CSV file of SEntFiN's headlines whose entities all have the same label, in the file's order.

    The public file labels entities (Sinha, Kedas, Kumar and Malo, "SEntFiN 1.0: Entity-aware sentiment analysis for
    financial news", JASIST 73 (9), 2022).

    Args:
        public: `SEntFiN.csv`, with columns `Title` and `Decisions` (a dictionary from entity to label). Rows that
            quote an entity's apostrophe wrongly are left out.

    Raises:
        ValueError: if the file has no such columns.
    """
    rows = csv.DictReader(io.StringIO(public.decode("utf-8-sig"), newline=""))
    if not {"Title", "Decisions"} <= set(rows.fieldnames or ()):
        raise ValueError(f"columns {', '.join(rows.fieldnames or ())}; expected Title and Decisions")
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(_SENTFIN_COLUMNS)
    for row in rows:
        labels = _entity_labels(row["Decisions"])
        if len(set(labels)) == 1:
            writer.writerow(
                [" ".join(row["Title"].split()), _SENTFIN_LABELS[labels[0]], "", "SEntFiN", len(labels), labels[0]]
            )
    return target.getvalue().encode()


def _entity_labels(decisions: str) -> list[str]:
    try:
        found = ast.literal_eval(decisions)
    except (SyntaxError, ValueError):
        return []
    labels = list(found.values()) if isinstance(found, dict) else []
    return labels if all(label in _SENTFIN_LABELS for label in labels) else []


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


# Not single files but assembled: see barometer.corpus.fetch_news and barometer.corpus.fetch_market.
NEWS, FRESH, MARKET = "news", "fresh", "market"
ASSEMBLED = (NEWS, FRESH, MARKET)
UNLABELLED = "unlabelled"  # a file where a mirror has it, otherwise assembled as far as its texts are found


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
        raise FetchError(f"unknown corpus {name!r}; expected one of {', '.join([*CORPORA, *ASSEMBLED])}")
    file = CORPORA[name]
    target = data / name / file.name
    if target.is_file() and file_digest(target) == file.sha256:
        return target
    mirror = mirror or os.environ.get(MIRROR)
    problems = []
    for address in _addresses(file, mirror):
        try:
            return _get(address, file, target)
        except (OSError, ValueError) as error:
            problems.append(f"{address}: {error}")
    listing = "\n  ".join(problems or ["it has no public address; only a mirror has it"])
    raise FetchError(
        f"cannot fetch {name} ({file.name}):\n  {listing}\n"
        f"Set {MIRROR} to a folder or base URL that holds {file.name}, or put it at {target} yourself; then run the "
        "command again (a correct file is not fetched twice)."
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
    found = file_digest(source)
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
