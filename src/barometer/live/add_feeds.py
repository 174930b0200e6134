"""Adds feeds to a file of feeds (`conf/feeds/`) and leaves every other byte of it as it was."""

import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from tempfile import NamedTemporaryFile

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, SequenceNode

from barometer.live.fetching.addresses import AddressRefusedError, check_feed_url, check_url, is_public
from barometer.live.opml import Outline
from barometer.live.settings import FeedAddress, FeedsSettings, FetchSettings


@dataclass(frozen=True, slots=True)
class Sorted:
    """Feeds to add, how many are in the file already, and why others are refused, each by its address."""

    new: list[FeedAddress]
    known: int
    refused: list[str]


def sort_feeds(outlines: Iterable[Outline], settings: FeedsSettings) -> Sorted:
    """Tell the feeds that a file lacks from those it has and from addresses that no crawl would ask.

    As for the crawl, addresses are the same if they are equal, character by character. No name is resolved.
    """
    have = {feed.url for feed in settings.addresses}
    new, known, refused = [], 0, []
    for outline in outlines:
        if outline.url in have:
            known += 1
        elif reason := _refusal(outline.url, settings.fetch):
            refused.append(f"{outline.url[:200]!a}: {reason}")
        else:
            named = FeedAddress(url=outline.url, source=outline.title)
            plain = FeedAddress(url=outline.url)
            new.append(plain if named.name == plain.name else named)
    return Sorted(new, known, refused)


def _refusal(url: str, fetch: FetchSettings) -> str:
    try:
        check_feed_url(url)
        if url.startswith("file:"):
            return "" if fetch.file_folder else "fetch.file_folder names no folder of files"
        host = check_url(url)
    except AddressRefusedError as error:
        return str(error)
    try:
        public = is_public(str(ip_address(host.partition("%")[0])))
    except ValueError:
        return ""  # a name, which is resolved and checked at every request
    allowed = public or host in {name.lower() for name in fetch.allow_hosts}
    return "" if allowed else f"{host} is not public; fetch.allow_hosts can allow it"


def yaml_lines(feeds: Iterable[FeedAddress]) -> list[str]:
    """Feeds as items of `addresses`: `- https://...`, or `- {url: https://..., source: NAME}`."""
    return [_item(feed) for feed in feeds]


def _item(feed: FeedAddress) -> str:
    if not feed.source:
        return yaml.safe_dump([feed.url], default_flow_style=False, width=float("inf"), allow_unicode=True).rstrip()
    item = {"url": feed.url, "source": feed.source}
    return yaml.safe_dump(
        [item], default_flow_style=None, width=float("inf"), allow_unicode=True, sort_keys=False
    ).rstrip()


def extended(text: str, feeds: Sequence[FeedAddress]) -> str | None:
    """Return the text of a file of feeds with more at the end of its list, or None if its shape does not allow it.

    It does if `addresses` is a list with an item on each line, or an empty one.

    Args:
        text: YAML that `load_feeds` has read.
        feeds: to add; none that it has.
    """
    place = _place(text)
    if place is None or not feeds:
        return None if feeds else text
    start, end, indent = place
    newline = "\r\n" if "\r\n" in text else "\n"
    block = "".join(f"{newline}{' ' * indent}{item}" for item in yaml_lines(feeds))
    changed = text[:start] + block + text[end:]
    return changed if _says(changed, text, feeds) else None


def _place(text: str) -> tuple[int, int, int] | None:
    """Where new items go: what they replace, from and to, and their indent."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    nodes = {key.value: value for key, value in root.value} if isinstance(root, MappingNode) else {}
    items = nodes.get("addresses")
    if not isinstance(items, SequenceNode):
        return None
    if not items.value:  # `[]`, and a space before it
        start, end = items.start_mark.index, items.end_mark.index
        return len(text[:start].rstrip(" ")), end, 2
    if items.flow_style:
        return None
    end = _line_end(text, _last(items).end_mark.index)
    return end, end, items.start_mark.column


def _last(node: Node) -> Node:
    """The node whose text is last: the mark at the end of a block is where the next one begins."""
    if not isinstance(node, CollectionNode) or not node.value or node.flow_style:
        return node
    last = node.value[-1]
    return _last(last[1] if isinstance(node, MappingNode) else last)


def _line_end(text: str, start: int) -> int:
    ends = [end for mark in "\r\n" if (end := text.find(mark, start)) >= 0]
    return min(ends, default=len(text))


def _says(changed: str, text: str, feeds: Sequence[FeedAddress]) -> bool:
    """Whether a changed file says what it said before, and lists `feeds` besides."""
    try:
        now, before = yaml.safe_load(changed), yaml.safe_load(text)
    except yaml.YAMLError:
        return False
    added = [{"url": feed.url, "source": feed.source} if feed.source else feed.url for feed in feeds]
    return bool(now == before | {"addresses": before["addresses"] + added})


def replace_file(path: Path, text: str) -> None:
    """Put a text in the place of a file at once, with its permissions; of a link, in the place of what it names.

    Raises:
        OSError: if it cannot be written; the file is then as it was.
    """
    target = path.resolve()
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        unfinished = Path(file.name)
        try:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
            shutil.copymode(target, unfinished)
            unfinished.replace(target)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
