"""Merges votes into one label a headline and reports how far annotators agree."""

from barometer.corpus.annotate import agreement, merge_votes
from barometer.settings import load_settings
from pipelines import paths
from pipelines.tables import read_table, write_json, write_table


def main() -> None:
    """Run the stage."""
    settings = load_settings()
    votes = read_table(paths.INGEST / "votes.csv")
    labelled, conflicts = merge_votes(votes, **settings.labels.model_dump())
    write_table(paths.LABELS / "labelled.csv", labelled)
    write_table(paths.LABELS / "conflicts.csv", conflicts)
    counts = {name: part["label"].value_counts().sort_index().tolist() for name, part in labelled.groupby("corpus")}
    report = {
        "labels_by_class": counts,
        "conflicts": conflicts["corpus"].value_counts().to_dict(),
        "agreement": agreement(votes),
    }
    write_json(paths.reports(settings.corpus.name) / "labels.json", report)
    print(f"{len(labelled)} labelled headlines, {len(conflicts)} with differing votes")


if __name__ == "__main__":
    main()
