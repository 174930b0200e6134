"""Reads the chosen corpora into one table of votes; lists every row that was refused or removed."""

from pathlib import Path
from typing import Any

from barometer.corpus.clean import CleanCorpora, RawCorpus, Role, clean_corpora
from barometer.corpus.origins import read_coverage
from barometer.corpus.sources import read_corpus
from barometer.settings import CorpusSettings, load_settings
from pipelines import paths
from pipelines.tables import write_json, write_table


def ingest(settings: CorpusSettings, similarity: float, data: Path = paths.DATA) -> tuple[CleanCorpora, list[str]]:
    """Read and clean the corpora; also returns the yardsticks, evaluation and unlabelled corpora that are missing.

    Raises:
        CorpusError: if a training corpus is missing, cannot be understood, or has too many bad rows.
    """
    training: list[tuple[str, Path, Role]] = [(settings.name, Path(settings.path), "train")]
    training += [(_name(name), _locate(name, data), "auxiliary") for name in settings.auxiliary]
    known = {name for name, _, _ in training}
    yardsticks: list[tuple[str, Role]] = [(name, "yardstick") for name in settings.yardsticks]
    optional: list[tuple[str, Role]] = [(n, "evaluation") for n in settings.evaluation if _name(n) not in known]
    optional += [(name, "unlabelled") for name in settings.unlabelled]
    absent = [name for name, _ in yardsticks + optional if not _locate(name, data).exists()]
    # Yardsticks come first: any other corpus that has one of their texts loses it.
    wanted = [*_present(yardsticks, absent, data), *training, *_present(optional, absent, data)]
    corpora = [RawCorpus(name, role, *read_corpus(path, settings.label_values)) for name, path, role in wanted]
    return clean_corpora(corpora, settings.max_bad_share, similarity), absent


def _present(chosen: list[tuple[str, Role]], absent: list[str], data: Path) -> list[tuple[str, Path, Role]]:
    return [(_name(name), _locate(name, data), role) for name, role in chosen if name not in absent]


def texts_found(settings: CorpusSettings, data: Path = paths.DATA) -> dict[str, Any]:
    """How many texts of each corpus were found, under `texts_found`; empty if no corpus says so."""
    others = (*settings.yardsticks, *settings.auxiliary, *settings.evaluation, *settings.unlabelled)
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
    report = {"corpora": clean.counts, "not_at_hand": absent, **texts_found(corpus)}
    write_json(paths.reports(corpus.name) / "ingest.json", report)
    for name, counts in clean.counts.items():
        print(f"{name}: " + ", ".join(f"{value} {key}" for key, value in counts.items()))
    if absent:
        print(f"missing and left out: {', '.join(absent)} (`barometer fetch NAME` downloads public ones)")


if __name__ == "__main__":
    main()
