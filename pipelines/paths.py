"""Where stages put things; `dvc.yaml` names the same paths."""

from pathlib import Path

DATA = Path("data")
OUTPUTS = Path("outputs")
REPORTS = Path("reports")

INGEST = OUTPUTS / "ingest"
VERSIONS = OUTPUTS / "versions.json"
LABELS = OUTPUTS / "labels"
SPLIT = OUTPUTS / "split.json"
MODELS = OUTPUTS / "models"
PREDICTIONS = OUTPUTS / "predictions"
OUT_OF_FOLD = OUTPUTS / "out_of_fold"
TARGETS = OUTPUTS / "distil" / "targets.csv"
TEACHER = Path("models") / "teacher" / "probabilities.csv"
ARTIFACTS = OUTPUTS / "artifacts"
EMBEDDINGS = OUTPUTS / "embeddings.npz"
STUDIES = OUTPUTS / "studies"
REGISTERED = OUTPUTS / "registered.json"


def reports(corpus: str) -> Path:
    """The folder of a corpus's reports, which git keeps."""
    return REPORTS / corpus
