"""The market's figure cuts time where there is no news."""

import numpy as np
import pandas as pd

from pipelines.studies.market.figures import time_spans


def barometer_on(*spans: tuple[str, str]) -> pd.Series:
    """A barometer on these days and unknown on those between them."""
    days = pd.DatetimeIndex(np.concatenate([pd.date_range(*span) for span in spans]))
    return pd.Series(0.5, days).asfreq("D")


def test_time_is_cut_at_gaps() -> None:
    spans = time_spans(
        barometer_on(("2022-01-01", "2022-03-01"), ("2022-04-01", "2022-06-30"), ("2025-01-01", "2025-02-01"))
    )
    bounds = [(str(span[0].date()), str(span[-1].date())) for span in spans]
    assert bounds == [("2022-01-01", "2022-06-30"), ("2025-01-01", "2025-02-01")]


def test_time_has_few_columns() -> None:
    spans = time_spans(barometer_on(*[(f"{year}-01-01", f"{year}-02-01") for year in range(2013, 2026)]))
    assert len(spans) == 4
    assert sum(len(span) for span in spans) == 13 * 32
