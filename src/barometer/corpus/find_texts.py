"""Finds the texts of headlines by their content hash: in local files, on a mirror, in public repositories."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

from barometer.corpus.downloads import DownloadError, Downloads
from barometer.corpus.origins import Hosts, Origin, TitleFile
from barometer.corpus.title_readers import Title, TitleFileError, read_texts, read_titles
from barometer.headline import normalise_title, normalised_id

# What a mirror may hold: CSV files with a column `text`, and `date` and `source` where they are known.
MIRROR_FILES = (
    "real_votes.csv",
    "yardstick_votes.csv",
    "headlines_unlabelled.csv",
    "train_pool.csv",
    "train_2018_extra.csv",
)
ENOUGH = 0.995  # of an origin's titles; further archives of the same are then not downloaded
_TAG = re.compile(r"<[^<>]{1,200}>")


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that could not be downloaded or read."""

    origin: str
    address: str
    reason: str


def describe(problems: Iterable[Problem]) -> list[str]:
    """A line for each reason: the origins, the first address, and what went wrong."""
    by_reason: dict[str, list[Problem]] = {}
    for problem in problems:
        by_reason.setdefault(problem.reason, []).append(problem)
    return [
        f"{', '.join(dict.fromkeys(one.origin for one in same))}: {same[0].address}"
        + (f" and {len(same) - 1} more" if len(same) > 1 else "")
        + f": {reason}"
        for reason, same in by_reason.items()
    ]


class Search:
    """The wanted headlines, those found, and the problems on the way.

    Attributes:
        wanted: the key of the origin, or an empty text, by headline id.
        found: titles by headline id, each in the form that has this id.
        problems: in the order in which they came up.
    """

    def __init__(self, wanted: Mapping[int, str]) -> None:
        """Begin with nothing found."""
        self.wanted = wanted
        self.found: dict[int, Title] = {}
        self.problems: list[Problem] = []
        self._seen: set[str] = set()

    def offer(self, titles: Iterable[Title]) -> None:
        """Keep those titles that are wanted; the first form found of a headline stays."""
        for title in titles:
            if title.text in self._seen:
                continue
            self._seen.add(title.text)
            for form in title_forms(title.text):
                id_ = normalised_id(form)
                if id_ in self.wanted:
                    self.found.setdefault(id_, replace(title, text=form))

    def missing(self, origin: str | None = None) -> int:
        """How many headlines are wanted still: of one origin, or of all."""
        return sum(id_ not in self.found for id_, key in self.wanted.items() if origin is None or key == origin)

    def search_folder(self, data: Path, corpora: Iterable[str]) -> None:
        """Search what earlier runs put into the data folder."""
        for path in (path for corpus in corpora for path in sorted((data / corpus).glob("*.csv"))):
            self._try(corpus_of(path), str(path), read_texts(path))

    def search_mirror(self, mirror: str, downloads: Downloads) -> None:
        """Search the files of a mirror (a folder or base URL)."""
        for name in MIRROR_FILES:
            if not self.missing():
                return
            address = f"{mirror.rstrip('/')}/{name}"
            try:
                path = _from_mirror(address, downloads)
            except DownloadError as error:
                self.problems.append(Problem("mirror", address, str(error)))
            else:
                self._try("mirror", address, read_texts(path))

    def search_origin(self, origin: Origin, downloads: Downloads, hosts: Hosts) -> None:
        """Download the files of a public repository, while titles that it should have are missing, and search them."""
        most = sum(key == origin.key for key in self.wanted.values()) * (1 - ENOUGH)
        for file in origin.files:
            left = self.missing(origin.key)
            if left == 0 or (file is not origin.files[0] and file.reader == "archive" and left <= most):
                continue
            address = hosts.address(origin, file)
            try:
                path = downloads.get(address, f"{origin.key}/{_file_name(file)}", file.sha256)
            except DownloadError as error:
                self.problems.append(Problem(origin.key, address, str(error)))
            else:
                self._try(origin.key, address, read_titles(path, file), path)

    def _try(self, origin: str, address: str, titles: Iterator[Title], downloaded: Path | None = None) -> None:
        try:
            self.offer(titles)
        except TitleFileError as error:
            self.problems.append(Problem(origin, address, str(error)))
            if downloaded:  # without a digest nothing else shows that it is broken; the next run downloads it again
                downloaded.unlink(missing_ok=True)


def title_forms(text: str) -> list[str]:
    """The forms of a title under which its headline may be known, normalised; each once.

    As it is; without markup; with commas where a file of comma-separated values has bars instead; without an outlet's
    name after a last dash.
    """
    whole = normalise_title(text)
    plain = " ".join(_TAG.sub(" ", whole).split())
    forms = (whole, plain, plain.replace("|", ","), plain.rpartition(" - ")[0])
    return [form for form in dict.fromkeys(forms) if form]


def corpus_of(path: Path) -> str:
    """The corpus that a file of the data folder belongs to."""
    return path.parent.name


def _from_mirror(address: str, downloads: Downloads) -> Path:
    if "://" not in address:
        path = Path(address).expanduser()
        if not path.is_file():
            raise DownloadError("no such file")
        return path
    base, _, name = address.rpartition("/")
    return downloads.get(address, f"mirror-{blake2b(base.encode(), digest_size=4).hexdigest()}/{name}")


def _file_name(file: TitleFile) -> str:
    return Path(file.path).name if file.path else f"{file.commit}.tar.gz"
