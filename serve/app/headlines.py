"""Stored headlines as a list to read. What feeds wrote is shown as text and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from urllib.parse import urlsplit

from barometer.live.records import ListedTitle, TitleFilter
from serve.api.ports import DataStore
from serve.api.words import age_words
from serve.app.scores import class_badge, stacked_bar

PAGE_SIZE = 20
# The store searches the newest 50,000 headlines, and a query of thousands of words is more than a database reads.
MAX_PAGE = 2500
MAX_SEARCH = 200


@dataclass(frozen=True, slots=True)
class HeadlinePage:
    """Up to 20 headlines, newest first; page 1 has the newest, and `more` says whether another page follows."""

    titles: Sequence[ListedTitle]
    number: int
    more: bool


def find_page(store: DataStore, wanted: TitleFilter, number: int) -> HeadlinePage:
    """The headlines of a page; a number that no page can have is taken as the nearest that one can.

    Raises:
        StoreUnavailableError: if the store does not answer.
    """
    number = min(max(number, 1), MAX_PAGE)
    wanted = replace(wanted, text=wanted.text[:MAX_SEARCH])
    found = store.search(wanted, limit=PAGE_SIZE + 1, offset=(number - 1) * PAGE_SIZE)
    return HeadlinePage(found[:PAGE_SIZE], number, len(found) > PAGE_SIZE and number < MAX_PAGE)


def headline_list(page: HeadlinePage, now: datetime) -> str:
    """The headlines of a page as an HTML list."""
    first = (page.number - 1) * PAGE_SIZE + 1
    items = "".join(_item(title, now) for title in page.titles)
    where = f"Page {page.number}, headlines {first} to {first + len(page.titles) - 1}, newest first"
    return f'<p class="n-where" role="status">{where}</p><ol class="n-list" start="{first}">{items}</ol>'


def _item(title: ListedTitle, now: datetime) -> str:
    coins = "".join(f'<li class="n-coin">{escape(coin)}</li>' for coin in title.coins)
    coins = f'<ul class="n-coins" aria-label="Coins">{coins}</ul>' if coins else ""
    age = age_words(now - title.pub_time)
    moment = title.pub_time.strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"""<li class="n-item"><div class="n-what"><h3>{_linked(title)}</h3>
<div class="n-meta"><span class="n-source">{escape(title.source)}</span>
<time datetime="{title.pub_time.isoformat()}" title="{moment}">{age}</time>{coins}{_not_news(title)}</div></div>
<div class="n-how">{class_badge(title.predicted)}{stacked_bar(title.probabilities)}</div></li>"""


def _not_news(title: ListedTitle) -> str:
    if title.counted:
        return ""
    sure = "" if title.news is None else f" ({100 * title.news:.0f} %)"
    return f'<span class="n-not-news">Probably not news{sure}: not counted</span>'


def _linked(title: ListedTitle) -> str:
    text = escape(title.title)
    if not is_web_address(title.url):
        return text
    return (
        f'<a href="{escape(title.url)}" target="_blank" rel="noopener noreferrer nofollow">{text}'
        '<span class="n-new-tab"> (opens in a new tab)</span></a>'
    )


def is_web_address(url: str) -> bool:
    """Whether `url` is a whole http or https address; nothing else becomes a link."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
