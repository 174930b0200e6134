"""Which texts are compared: corpora, outlets and ranges of dates, chosen from the table of all headlines."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field, model_validator

from barometer.drift.draw import DriftSettings
from barometer.settings import Section, SettingsError

KEY = "experiment.adversarial_validation"
PairName = Literal["compared", "one_source", "size_matched"]
WHOLE = "all"
Day = date | Literal["median"] | None


class Side(Section):
    """One set of texts.

    Attributes:
        corpora: their names.
        sources: outlets; None takes all.
        since, until: first and last day; `median` is the day that halves what is chosen otherwise.
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
            raise ValueError("both sides must name the same one outlet in sources")
        return self

    @property
    def outlet(self) -> str:
        """Its name."""
        return (self.reference.sources or [""])[0]


class AdversarialValidationSettings(DriftSettings):
    """Parameters of the study.

    Attributes:
        reference, newer: the sets.
        by: `year` compares each year of the newer set by itself.
        one_source: sets from one outlet, as a control for drift that is only a change of outlets; None leaves it out.
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
        """Share of the newer headlines that would have to come from other outlets for the reference's mix of outlets.

        The total variation distance of the two mixes, from 0 (alike) to 1 (no outlet in common); None where a side
        names no outlets.
        """
        old, new = (rows.loc[rows["source"] != "", "source"] for rows in (self.reference, self.newer))
        if old.empty or new.empty:
            return None
        difference = new.value_counts(normalize=True).sub(old.value_counts(normalize=True), fill_value=0)
        return float(difference.abs().sum() / 2)


def list_tasks(table: pd.DataFrame, settings: AdversarialValidationSettings) -> list[Task]:
    """Every comparison that the settings ask for.

    Args:
        table: headlines, with columns `text`, `source`, `date` (ISO 8601 or empty), `corpus` and `label`.
        settings: of the study.

    Raises:
        SettingsError: naming the key, its value and the choices, if the table has no such headlines.
    """
    tasks = list(_tasks(table, "compared", settings.reference, settings.newer, settings.by, KEY))
    if settings.one_source:
        pair = settings.one_source
        tasks += _tasks(table, "one_source", pair.reference, pair.newer, settings.by, f"{KEY}.one_source")
    return tasks


def _tasks(
    table: pd.DataFrame, pair: PairName, reference: Side, newer: Side, by: Literal["year"] | None, key: str
) -> Iterator[Task]:
    old, new = select(table, reference, f"{key}.reference"), select(table, newer, f"{key}.newer")
    if by is None:
        yield Task(pair, WHOLE, old, new)
        return
    years = new["date"].str[:4]
    if not years.any():
        raise SettingsError(f"{KEY}.by = {by!r}: {_no_dates(table, newer)}; expected null, or a corpus with dates")
    for year in sorted(set(years) - {""}):
        yield Task(pair, year, old, new[years == year])


def select(table: pd.DataFrame, side: Side, key: str) -> pd.DataFrame:
    """The rows of one side; a headline without a date is in no range of dates.

    Raises:
        SettingsError: naming the key below `key`, its value and the choices.
    """
    _check_known(side.corpora, table["corpus"], f"{key}.corpora")
    rows = table[table["corpus"].isin(side.corpora)]
    if side.sources is not None:
        _check_known(side.sources, rows["source"], f"{key}.sources")
        rows = rows[rows["source"].isin(side.sources)]
    if side.labelled is not None:
        rows = rows[rows["label"].notna() == side.labelled]
    chosen = _in_range(table, rows, side, key)
    if chosen.empty:
        raise SettingsError(f"{key} = {_shown(side)}: no headline is chosen; {_range(rows)}")
    return chosen


def _in_range(table: pd.DataFrame, rows: pd.DataFrame, side: Side, key: str) -> pd.DataFrame:
    days = rows["date"].str[:10]
    for name, day in (("since", side.since), ("until", side.until)):
        if day is not None and not days.any():
            raise SettingsError(f"{key}.{name} = {str(day)!r}: {_no_dates(table, side)}; expected null there")
    kept = pd.Series(data=True, index=rows.index)
    if side.since is not None:
        kept &= days >= _iso(side.since, days)
    if side.until is not None:
        kept &= (days != "") & (days <= _iso(side.until, days))
    return rows[kept]


def _iso(day: date | Literal["median"], days: "pd.Series[str]") -> str:
    if isinstance(day, date):
        return day.isoformat()
    dated = sorted(days[days != ""])
    return str(dated[len(dated) // 2])


def _check_known(wanted: list[str], found: "pd.Series[str]", key: str) -> None:
    known = [str(name) for name in found.value_counts().index if name]  # the commonest first
    unknown = [name for name in wanted if name not in known]
    if unknown:
        more = f" and {len(known) - 20} more" if len(known) > 20 else ""
        choices = ", ".join(known[:20]) or "none at all"
        raise SettingsError(f"{key} = {wanted!r}: {', '.join(unknown)} not at hand; at hand: {choices}{more}")


def _no_dates(table: pd.DataFrame, side: Side) -> str:
    dated = sorted(set(table.loc[table["date"] != "", "corpus"]))
    at_hand = ", ".join(dated) if dated else "none"
    return f"the headlines chosen from {', '.join(side.corpora)} have no dates (corpora with dates: {at_hand})"


def _range(rows: pd.DataFrame) -> str:
    dated = rows.loc[rows["date"] != "", "date"].str[:10]
    if dated.empty:
        return f"without the dates there are {len(rows)}"
    return f"without the dates there are {len(rows)}, from {dated.min()} to {dated.max()}"


def _shown(side: Side) -> str:
    values = side.model_dump(mode="json", exclude_none=True)
    return "{" + ", ".join(f"{key}: {value}" for key, value in values.items()) + "}"
