"""Splits the labelled headlines into the parts that every later stage uses; stored as ids."""

from barometer.corpus.split import make_split
from barometer.settings import load_settings
from pipelines import paths
from pipelines.tables import read_table, write_json


def main() -> None:
    """Run the stage."""
    settings = load_settings()
    split = make_split(read_table(paths.LABELS / "labelled.csv"), **settings.split.model_dump(), seed=settings.seed)
    write_json(paths.SPLIT, split.to_json())
    sizes = {name: len(ids) for name, ids in {"train": split.train, "validation": split.validation}.items()}
    sizes |= {"auxiliary": len(split.auxiliary)} | {name: len(ids) for name, ids in split.tests().items()}
    report = {"sizes": sizes, "left_out": split.left_out, "near_duplicates": split.near_duplicates}
    write_json(paths.reports(settings.corpus.name) / "split.json", report)
    print(", ".join(f"{name} {size}" for name, size in sizes.items()))


if __name__ == "__main__":
    main()
