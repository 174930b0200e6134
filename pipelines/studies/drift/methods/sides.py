"""Which headlines are compared: corpora, outlets and ranges of dates, selected from the table of all headlines."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field, model_validator

from barometer.drift.measure import DriftSettings
from barometer.settings import Section, SettingsError

NAME = "drift"
SECTION = f"experiment.{NAME}"
PairName = Literal["compared", "one_source", "size_matched"]
WHOLE = "all"
Day = date | Literal["median"] | None
_SHOWN = 20  # choices that an error lists


class Side(Section):
    """One set of headlines.

    Attributes:
        corpora: their names.
        sources: outlets; None selects all.
        since, until: first and last day; `median` is the day that splits the rest of the selection in half.
        labelled: only headlines with a label, only those without, or (None) both.
    """

    corpora: Annotated[list[str], Field(min_length=1)]
    sources: Annotated[list[str], Field(min_length=1)] | None = None
    since: Day = None
    until: Day = None
    labelled: bool | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Side":
        if isinstance(self.since, date) and isinstance(self.until, date) and self.since > self.until:
            raise ValueError(f"since {self.since} must not be after until {self.until}")
        return self


class OneSource(Section):
    """A reference set and a newer set from one outlet."""

    reference: Side
    newer: Side

    @model_validator(mode="after")
    def _same_outlet(self) -> "OneSource":
        if self.reference.sources != self.newer.sources or len(self.reference.sources or []) != 1:
            raise ValueError("both sets must name the same single outlet in sources")
        return self

    @property
    def outlet(self) -> str:
        """Its name."""
        return (self.reference.sources or [""])[0]


class DriftStudySettings(DriftSettings):
    """Parameters of the study.

    Attributes:
        reference, newer: the sets.
        by: `year` compares each year of the newer set separately.
        one_source: sets from one outlet, as a control for drift that is only a change of outlets; None for none.
    """

    reference: Side
    newer: Side
    by: Literal["year"] | None
    one_source: OneSource | None


@dataclass(frozen=True)
class Task:
    """One comparison to make.

    Attributes:
        pair: the sets of interest, those of one outlet, or as many headlines of the sets of interest as that one has.
        group: the year of the newer set, or `all`.
        reference, newer: rows of the table of headlines.
    """

    pair: PairName
    group: str
    reference: pd.DataFrame
    newer: pd.DataFrame

    @property
    def outlet_shift(self) -> float | None:
        """Share of the newer headlines that would have to change outlet to match the reference's mix of outlets.

        The total variation distance of the two mixes, from 0 (equal) to 1 (no outlet in common); None where a set
        names no outlets.
        """
        old, new = (rows.loc[rows["source"] != "", "source"] for rows in (self.reference, self.newer))
        if old.empty or new.empty:
            return None
        difference = new.value_counts(normalize=True).sub(old.value_counts(normalize=True), fill_value=0)
        return float(difference.abs().sum() / 2)


def list_tasks(table: pd.DataFrame, settings: DriftStudySettings) -> list[Task]:
    """Every comparison that the settings ask for.

    Args:
        table: headlines, with columns `text`, `source`, `date` (ISO 8601 or empty), `corpus` and `label`.
        settings: of the study.

    Raises:
        SettingsError: naming the key, its value and the choices, if the table has no such headlines.
    """
    tasks = list(_tasks(table, "compared", settings, settings, SECTION))
    if settings.one_source:
        tasks += _tasks(table, "one_source", settings.one_source, settings, f"{SECTION}.one_source")
    return tasks


def _tasks(
    table: pd.DataFrame, pair: PairName, sets: DriftStudySettings | OneSource, settings: DriftStudySettings, key: str
) -> Iterator[Task]:
    old, new = select(table, sets.reference, f"{key}.reference"), select(table, sets.newer, f"{key}.newer")
    if settings.by is None:
        yield Task(pair, WHOLE, old, new)
        return
    years = new["date"].str[:4]
    if not years.any():
        raise SettingsError(
            f"{SECTION}.by = {settings.by!r}: {_no_dates(table)}; expected null, or a corpus with dates"
        )
    for year in sorted(set(years) - {""}):
        yield Task(pair, year, old, new[years == year])


def select(table: pd.DataFrame, side: Side, key: str) -> pd.DataFrame:
    """The rows of one set; a headline without a date is in no range of dates.

    Raises:
        SettingsError: naming the key below `key`, its value and the choices.
    """
    rows = table
    for name, column, wanted in (("corpora", "corpus", side.corpora), ("sources", "source", side.sources)):
        if wanted is not None:
            _check_known(wanted, rows[column], f"{key}.{name}")
            rows = rows[rows[column].isin(wanted)]
    if side.labelled is not None:
        rows = rows[rows["label"].notna() == side.labelled]
    days = rows["date"].str[:10]
    dated = sorted(days[days != ""])
    for name, day in (("since", side.since), ("until", side.until)):
        if day is None:
            continue
        if not dated:
            raise SettingsError(f"{key}.{name} = {str(day)!r}: {_no_dates(table)}; expected null")
        bound = dated[len(dated) // 2] if day == "median" else str(day)
        within = (days != "") & (days >= bound if name == "since" else days <= bound)
        rows = rows[within[rows.index]]
    if rows.empty:
        span = f", from {dated[0]} to {dated[-1]}" if dated else ""
        raise SettingsError(
            f"{key} = {_shown(side)}: no headline is selected; without dates there are {len(days)}{span}"
        )
    return rows


def _check_known(wanted: list[str], found: "pd.Series[str]", key: str) -> None:
    known = [str(name) for name in found.value_counts().index if name]  # the most common first
    unknown = [name for name in wanted if name not in known]
    if unknown:
        more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
        choices = ", ".join(known[:_SHOWN]) or "none"
        raise SettingsError(
            f"{key} = {wanted!r}: {', '.join(unknown)} not available; expected some of: {choices}{more}"
        )


def _no_dates(table: pd.DataFrame) -> str:
    dated = sorted(set(table.loc[table["date"] != "", "corpus"]))
    return f"the selected headlines have no dates (corpora with dates: {', '.join(dated) or 'none'})"


def _shown(side: Side) -> str:
    values = side.model_dump(mode="json", exclude_none=True)
    return "{" + ", ".join(f"{key}: {value}" for key, value in values.items()) + "}"
