"""The table that an archive holds, and what its files are called.

`OUT/month=2024-05/headlines.parquet` has the headlines of a month (UTC) in the order of the input; `OUT/archive.json`
says what was scored and by which model, and that it is complete. While it is not, `OUT/_parts` has what is done.
"""

from typing import Final

import pyarrow as pa

from barometer.labels import FIELD_NAMES

FORMAT: Final = 1  # of the files; another number is refused
MANIFEST: Final = "archive.json"
PARTS: Final = "_parts"  # readers of Parquet folders skip names that begin with an underscore
MONTH: Final = "month="
FILE: Final = "headlines.parquet"

UTC_TIME = pa.timestamp("us", tz="UTC")
WORD = pa.dictionary(pa.int32(), pa.string())

# One row for each headline of the input. `title` is normalised, and `title_id` its `headline_id`, so rows of one title
# share it. `input` and `row` say where the row stood, counted from 0 (in JSON Lines the line). `news` is the
# probability of being news at all; `value` what the headline adds to the barometer if it is `counted`.
TABLE = pa.schema(
    [
        ("title_id", pa.int64()),
        ("title", pa.string()),
        ("pub_time", UTC_TIME),
        ("source", pa.string()),
        ("url", pa.string()),
        *((name, pa.float32()) for name in FIELD_NAMES),
        ("news", pa.float32()),
        ("label", WORD),
        ("value", pa.float64()),
        ("counted", pa.bool_()),
        ("model_version", WORD),
        ("input", WORD),
        ("row", pa.int64()),
    ]
)
