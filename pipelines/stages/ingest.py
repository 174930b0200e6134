"""Reads the chosen corpora into one table of votes; lists every row that was refused or removed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from barometer.corpus.clean import RANDOM_SAMPLE, WRITTEN, CleanCorpora, RawCorpus, Role, clean_corpora
from barometer.corpus.origins import read_coverage
from barometer.corpus.snapshots import content_md5
from barometer.corpus.sources import read_corpus
from barometer.settings import CorpusSettings, load_settings
from pipelines import paths
from pipelines.tables import write_json, write_table

RANDOM = "random"


def ingest(settings: CorpusSettings, similarity: float, data: Path = paths.DATA) -> tuple[CleanCorpora, list[str]]:
    """Read and clean the corpora; also returns the yardsticks, evaluation and unlabelled corpora that are missing.

    The written yardstick is read whatever the settings say. Headlines of training corpora that were sampled at random
    become a yardstick too.

    Raises:
        CorpusError: if a training corpus is missing, cannot be understood, or has too many bad rows.
    """
    training: list[tuple[str, Path, Role]] = [(settings.name, Path(settings.path), "train")]
    training += [(_name(name), _locate(name, data), "auxiliary") for name in settings.auxiliary]
    known = {name for name, _, _ in training}
    yardsticks: list[tuple[str, Role]] = [
        (name, "yardstick") for name in dict.fromkeys([*settings.yardsticks, WRITTEN])
    ]
    optional: list[tuple[str, Role]] = [(n, "evaluation") for n in settings.evaluation if _name(n) not in known]
    optional += [(name, "unlabelled") for name in settings.unlabelled]
    absent = [name for name, _ in yardsticks + optional if not _locate(name, data).exists()]
    # Yardsticks come first: any other corpus that has one of their texts loses it.
    wanted = [*_present(yardsticks, absent, data), *training, *_present(optional, absent, data)]
    corpora = [RawCorpus(name, role, *read_corpus(path, settings.label_values)) for name, path, role in wanted]
    return clean_corpora(set_random_apart(corpora), settings.max_bad_share, similarity), absent


def set_random_apart(corpora: list[RawCorpus]) -> list[RawCorpus]:
    """Move labelled headlines that were sampled at random out of training corpora into a yardstick of their own."""
    trained = [corpus for corpus in corpora if corpus.role in {"train", "auxiliary"}]
    apart = [row for corpus in trained for row in corpus.rows if row.sampled == RANDOM and row.votes]
    if not apart:
        return corpora
    chosen = {id(row) for row in apart}
    kept = [replace(corpus, rows=[row for row in corpus.rows if id(row) not in chosen]) for corpus in corpora]
    first = sum(corpus.role == "yardstick" for corpus in corpora)
    return [*kept[:first], RawCorpus(RANDOM_SAMPLE, "yardstick", apart, []), *kept[first:]]


def versions_read(settings: CorpusSettings, data: Path = paths.DATA) -> dict[str, Any]:
    """The versions of what is read, as DVC computes them: of the data folder, and of the training corpus by itself."""
    path = Path(settings.path)
    corpus = {"name": settings.name, "path": path.as_posix(), "md5": content_md5(path)}
    return {"data": content_md5(data), "corpus": corpus, "apart": not path.resolve().is_relative_to(data.resolve())}


def _present(chosen: list[tuple[str, Role]], absent: list[str], data: Path) -> list[tuple[str, Path, Role]]:
    return [(_name(name), _locate(name, data), role) for name, role in chosen if name not in absent]


def texts_found(settings: CorpusSettings, data: Path = paths.DATA) -> dict[str, Any]:
    """How many texts of each corpus were found, under `texts_found`; empty if no corpus says so."""
    others = (*settings.yardsticks, WRITTEN, *settings.auxiliary, *settings.evaluation, *settings.unlabelled)
    folders = [Path(settings.path), *(_locate(name, data) for name in others)]
    found = {folder.name: coverage for folder in folders if (coverage := read_coverage(folder))}
    return {"texts_found": found} if found else {}


def _locate(name: str, data: Path) -> Path:
    """A corpus by name lies in the data folder; anything with a separator is a path of its own."""
    return Path(name) if "/" in name else data / name


def _name(name: str) -> str:
    return Path(name).stem


def main() -> None:
    """Run the stage."""
    settings = load_settings()
    corpus = settings.corpus
    clean, absent = ingest(corpus, settings.split.near_duplicate_similarity)
    for name in ("votes", "unlabelled", "baselines", "removed"):
        write_table(paths.INGEST / f"{name}.csv", getattr(clean, name))
    write_json(paths.VERSIONS, versions_read(corpus))
    report = {"corpora": clean.counts, "not_at_hand": absent, **texts_found(corpus)}
    write_json(paths.reports(corpus.name) / "ingest.json", report)
    for name, counts in clean.counts.items():
        print(f"{name}: " + ", ".join(f"{value} {key}" for key, value in counts.items()))
    if absent:
        print(f"missing and left out: {', '.join(absent)} (`barometer fetch NAME` downloads public ones)")


if __name__ == "__main__":
    main()
