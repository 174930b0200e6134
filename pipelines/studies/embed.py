"""Embeds every headline of the studied corpus, labelled or not, with the frozen encoder."""

import numpy as np

from barometer.models.encoders import embed
from barometer.settings import load_settings
from pipelines import paths
from pipelines.tables import read_texts


def main() -> None:
    """Run the stage."""
    settings = load_settings()
    table = read_texts()
    table = table[table["role"] != "auxiliary"]
    vectors = embed(table["text"].tolist(), settings.backbone)
    np.savez(paths.EMBEDDINGS, ids=table["id"].to_numpy(dtype=np.int64), vectors=vectors)
    print(f"{len(table)} headlines as vectors of {vectors.shape[1]} numbers")


if __name__ == "__main__":
    main()
