"""Dates as feeds write them: the certain ones give their moment, the others nothing."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.live.parsing.dates import read_date

MOMENT = datetime(2031, 3, 14, 9, 26, 53, tzinfo=UTC)
MINUTE = MOMENT.replace(second=0)
DAY = datetime(2031, 3, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Fri, 14 Mar 2031 09:26:53 GMT", MOMENT),
        ("Fri, 14 Mar 2031 09:26:53", MOMENT),
        ("14 Mar 2031 09:26", MINUTE),
        ("Fri, 14 Mar 31 10:26:53 +0100", MOMENT),
        ("Fri, 14-Mar-31 09:26:53 UT", MOMENT),
        ("Fri, 14 Mar 2031 05:26:53 EDT", MOMENT),
        ("Fri, 14 Mar 2031 03:26:53 CST", MOMENT),  # RFC 822
        ("14 Mar 2031 10:26:53 CET", MOMENT),
        ("14 Mar 2031 11:26:53 EET", MOMENT),
        ("14 Mar 2031 12:26:53 eest", MOMENT),
        ("14 Mar 2031 18:26:53 JST", MOMENT),
        ("14 Mar 2031 10:26:53 +0100 (CET)", MOMENT),
        ("14 Mar 2031 10:26:53 +0100 CET", MOMENT),
        ("14 Mar 2031 10:26:53 GMT+1", MOMENT),
        ("14 Mar 2031 03:56:53 \u22120530", MOMENT),
        ("Mon, 14 Mar 2031 09:26:53 Z", MOMENT),  # a Friday
        ("Fri, 14 Mar 2031 09:26:53 AM", MOMENT),
        ("Fri, 14 Mar 2031 12:26:53 AM", MOMENT.replace(hour=0)),
        ("Fri, 14 Mar 2031 12:26:53 p.m. UTC", MOMENT.replace(hour=12)),
        ("March 14, 2031 4:26 am EST", MINUTE),
        ("March 14th, 2031 at 9:26 AM", MINUTE),
        ("14th of March 2031, 9 am", MOMENT.replace(minute=0, second=0)),
        ("9:26 AM, 14 March 2031", MINUTE),
        ("Fri Mar 14 05:26:53 EDT 2031", MOMENT),
        ("Fri Mar 14 2031 10:26:53 GMT+0100 (Central European Standard Time)", MOMENT),
        ("2031/3/14", DAY),
        ("2031/03/14 09:26:53", MOMENT),
        ("2031.03.14 09:26", MINUTE),
        ("14.03.2031 09:26", MINUTE),
        ("14. 3. 2031", DAY),
        ("05.03.2031", DAY.replace(day=5)),
        ("14/03/2031 09:26", MINUTE),
        ("03/14/2031 9:26 AM", MINUTE),
        ("14-03-2031", DAY),
        ("03/03/2031", DAY.replace(day=3)),
        ("Freitag, 14. März 2031, 09:26 Uhr", MINUTE),
        ("Fr, 14 Mrz 2031 09:26:53 +0000", MOMENT),
        ("vendredi 14 mars 2031 à 09h26", MINUTE),
        ("1er février 2031", DAY.replace(month=2, day=1)),
        ("viernes, 14 de marzo de 2031 a las 9:26 a. m.", MINUTE),
        ("mar. 14 mar. 2031 09:26", MINUTE),  # a French Tuesday
        ("mar, 14 dic 2031 09:26", MINUTE.replace(month=12)),
        ("2031-03-14T09:26:53Z", MOMENT),
        ("2031-03-14t09:26:53.250z", MOMENT + timedelta(milliseconds=250)),
        ("2031-03-14T14:56:53,5+0530", MOMENT + timedelta(milliseconds=500)),
        ("2031-03-14 10:26:53 +01:00", MOMENT),
        ("2031-03-14 10:26:53 +01", MOMENT),
        ("2031-03-14 10:26:53 CET", MOMENT),
        ("2031-03-14 9:26 AM", MINUTE),
        ("2031-03-14T10:26:53+01:00[Europe/Berlin]", MOMENT),
        ("2031-03-14T09:26", MINUTE),
        ("2031-03-14T09Z", MOMENT.replace(minute=0, second=0)),
        ("20310314T092653Z", MOMENT),
        ("20310314 092653", MOMENT),
        ("20310314092653", MOMENT),
        ("20310314", DAY),
        ("2031-03-14", DAY),
        ("2031-03-14+02:00", DAY - timedelta(hours=2)),
        ("2031-W11-5T09:26:53Z", MOMENT),
        ("2031-073", DAY),
        ("2031-03-13T24:00:00Z", DAY),
        ("2031-06-30T23:59:60Z", datetime(2031, 7, 1, tzinfo=UTC)),
        ("  \n 2031-03-14\t09:26:53 ", MOMENT),
    ],
)
def test_certain_dates_give_their_moment(text: str, moment: datetime) -> None:
    assert read_date(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "today 09:26", "2031", "2031-03", "Mar 2031", "14 March", "Friday", "09:26:53", "1931243213",
        "05/03/2031", "5-3-2031 09:26", "31.03.14", "14.03.31", "03/14/31", "14 03 2031", "2031 03 14",
        "14 Mar 2031 09:26:53 BST", "14 Mar 2031 09:26:53 IST", "14 Mar 2031 09:26:53 A", "14 Mar 2031 09:26:53 QQQ",
        "Fri Mar 14 09:26:53 CST 2031", "2031-03-14 09:26:53 CST", "14 Mar 2031 09:26:53 +0100 EST",
        "14 Mar 2031 09:26:53 +2500", "14 Mar 2031 09:26:53 +0175", "14 Mar 2031 09:26:53 Europe/Berlin",
        "31 Feb 2031", "2031-02-29", "14.13.2031", "2031-14-03", "14/14/2031", "2031-367", "2031-W54-1", "2031-W11",
        "14 Mar 2031 25:00", "14 Mar 2031 24:01", "14 Mar 2031 09:61", "14 Mar 2031 9:5", "14 Mar 2031 09:26:61",
        "14 Mar 2031 14:26 AM", "14 Mar 2031 00:26 PM", "14 Mar 2031 09:26:53:12", "14 Mar 2031 09:26 10:26",
        "14 jui 2031", "14 Mar Apr 2031", "14 mar 15 2031", "Mar 14 31", "14 Mar 131", "14 Mar 0031", "26112026",
        "0001-01-01T00:00:00Z", "9999-99-99", "-2031-03-14", "9" * 99, "9" * 10_000, "١٤.٠٣",
        "<b>14 Mar 2031</b>", "14 Mar 2031 09:26 - 10:00", "published 14 Mar 2031", "2031-03-14 / 2031-03-15",
    ],
)  # fmt: skip
def test_uncertain_dates_give_nothing(text: str) -> None:
    assert read_date(text) is None


MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2049, 12, 31), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
OFFSETS = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
FORMATS = (
    "%a, %d %b %Y %H:%M:%S %z", "%A, %d-%b-%y %H:%M:%S %z", "%d %B %Y %H:%M:%S%z", "%B %d, %Y %I:%M:%S %p %z",
    "%b %d %Y %H:%M:%S GMT%z", "%a %b %d %H:%M:%S %z %Y", "%Y-%m-%dT%H:%M:%S%z", "%Y/%m/%d %H:%M:%S %z",
    "%Y.%m.%d %H:%M:%S %z", "%d.%m.%Y %H:%M:%S %z", "%Y%m%dT%H%M%S%z", "%G-W%V-%uT%H:%M:%S%z", "%Y-%jT%H:%M:%S%z",
    "%Y-%b-%d %I:%M:%S%p %z",
)  # fmt: skip


@given(MOMENTS, OFFSETS, st.sampled_from(FORMATS))
def test_written_moments_read_back(moment: datetime, zone: timezone, written: str) -> None:
    assert read_date(moment.astimezone(zone).strftime(written)) == moment


@given(MOMENTS, OFFSETS)
def test_standard_formats_read_back(moment: datetime, zone: timezone) -> None:
    local = moment.astimezone(zone)
    assert read_date(format_datetime(local)) == read_date(local.isoformat()) == moment
    assert read_date(moment.strftime("%a, %d %b %Y %H:%M:%S")) == moment


@given(MOMENTS, st.sampled_from("/-"))
def test_slashes_read_only_where_certain(moment: datetime, separator: str) -> None:
    day, month = moment.strftime("%d"), moment.strftime("%m")
    expected = moment if moment.day > 12 or day == month else None
    for order in ([day, month, "%Y"], [month, day, "%Y"]):
        assert read_date(moment.strftime(f"{separator.join(order)} %H:%M:%S")) == expected


@given(st.text(max_size=120) | st.from_regex(r"\A[0-9a-z :./+-]{0,60}\Z"))
def test_any_text_gives_utc_or_nothing(text: str) -> None:
    moment = read_date(text)
    assert moment is None or moment.tzinfo is UTC
