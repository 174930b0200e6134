"""Downloads public corpora into the data folder, checked by SHA-256; a mirror is tried before the public address."""

import csv
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pooch

from barometer.headline import headline_id

MIRROR = "BAROMETER_MIRROR"


class FetchError(RuntimeError):
    """A corpus could not be had, or is not what it should be."""


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A file to fetch; without an address only a mirror has it."""

    name: str
    sha256: str
    url: str | None
    licence: str


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
        None,
        "MIT (SEntFiN, Sinha et al. 2022, headlines whose entities agree)",
    ),
    "unlabelled": PublicFile(
        "headlines_unlabelled.csv",
        "fe59085c9758c4c8f688cedb870ffdd7b69283b2517d8beb2e41f1dd575df43a",
        None,
        "public repositories; for research",
    ),
}


FRESH = "fresh"
MARKET = "market"  # no corpus but two daily series: see barometer.corpus.fetch_market
# Votes on headlines that the repository may not carry: the texts are found again by their content hash.
FRESH_VOTES = Path("standoff") / "fresh.csv"


def fetch_corpus(name: str, data: Path, mirror: str | None = None) -> Path:
    """Fetch a public file, or put together the corpus `fresh` from one; see `fetch_file` for arguments and errors."""
    if name != FRESH:
        return fetch_file(name, data, mirror)
    texts = fetch_file("unlabelled", data, mirror)
    return join_votes(data / FRESH_VOTES, texts, data / FRESH / "fresh.csv")


def join_votes(votes: Path, texts: Path, target: Path) -> Path:
    """Join votes by headline id (`id`, `annotator_*`) with the texts they were given to, into a corpus file.

    Raises:
        FetchError: if the votes are missing, or a voted headline is not among the texts.
    """
    if not votes.is_file():
        raise FetchError(f"no votes at {votes}; dvc pull data.dvc gets them")
    with votes.open(encoding="utf-8", newline="") as stream:
        wanted = {int(row.pop("id")): row for row in csv.DictReader(stream)}
    if not wanted:
        raise FetchError(f"{votes} holds no votes; dvc pull data.dvc gets them")
    with texts.open(encoding="utf-8", newline="") as stream:
        found = {headline_id(row["text"]): row for row in csv.DictReader(stream)}
    missing = [str(id_) for id_ in wanted if id_ not in found]
    if missing:
        raise FetchError(f"{texts} lacks {len(missing)} headlines that {votes} is about, the first is {missing[0]}")
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8", newline="") as stream:
        rows = [found[id_] | row for id_, row in wanted.items()]
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return target


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
        raise FetchError(f"unknown corpus {name!r}; expected one of {', '.join([*CORPORA, FRESH, MARKET])}")
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
    raise FetchError(
        f"cannot fetch {name} ({file.name}):\n  " + "\n  ".join(problems or ["it has no public address"]) + f"\n"
        f"Set {MIRROR} to a folder or base URL that holds {file.name}, or put it at {target} yourself; then run the "
        "command again (a file that is there and right is not fetched twice)."
    )


def _addresses(file: PublicFile, mirror: str | None) -> list[str]:
    mirrored = [f"{mirror.rstrip('/')}/{file.name}"] if mirror else []
    return [*mirrored, *([file.url] if file.url else [])]


def _get(address: str, file: PublicFile, target: Path) -> Path:
    if "://" in address:
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
