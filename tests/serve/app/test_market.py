import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve.app.market import FEAR_GREED, PRICE, MarketError, read_market


def test_values_by_day_read_again_when_the_file_changes(tmp_path: Path) -> None:
    assert read_market(tmp_path, PRICE) == {}
    file = tmp_path / PRICE.file
    file.write_text("date,open,close\n2026-01-01,1,2.5\n2026-01-02,3,4\n")
    assert read_market(tmp_path, PRICE) == {date(2026, 1, 1): 2.5, date(2026, 1, 2): 4.0}
    file.write_text("date,open,close\n2026-01-01,1,9.5\n2026-01-02,3,4\n")
    os.utime(file, ns=(1, 1))
    assert read_market(tmp_path, PRICE)[date(2026, 1, 1)] == 9.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("day,fng\n2026-01-01,5\n", "no column date"),
        ("", "no column date, fng"),
        ("date,fng\n2026-01-01,5\n01/02/2026,6\n", "line 3.*'01/02/2026' and '6'"),
        ("date,fng\n2026-01-01\n", "line 2.*''"),
        ("date,fng\n2026-01-01,nan\n", "line 2: fng cannot be nan"),
        ("date,fng\n2026-01-01,101\n", "line 2: fng cannot be 101"),
        ("date,fng\n2026-01-01,\udcff\n", "cannot be read as CSV"),
    ],
)
def test_a_malformed_file_is_told_with_file_line_and_value(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / FEAR_GREED.file).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(MarketError, match=f"fear_greed.csv.*{said}"):
        read_market(tmp_path, FEAR_GREED)


@given(data=st.binary(max_size=60))
def test_whatever_the_file_holds_it_is_values_or_a_named_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("market")
    (folder / PRICE.file).write_bytes(b"date,close\n" + data)
    try:
        assert all(value >= 0 for value in read_market(folder, PRICE).values())
    except MarketError as error:
        assert PRICE.file in str(error)
