"""Fetches feeds over HTTP: bounded in time, size and redirects, and only from allowed addresses."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self
from urllib.parse import urldefrag, urljoin

import httpx

from barometer.live.fetching.addresses import AddressRefusedError, GuardedTransport, Resolver, SystemResolver, check_url
from barometer.live.fetching.bodies import ENCODINGS, read_body, read_file
from barometer.live.fetching.codings import BodyError
from barometer.live.fetching.redirects import Cookies, RedirectError, Trail
from barometer.live.fetching.robots import MAX_BYTES, HostSlots, RobotsFiles
from barometer.live.settings import PRODUCT, FetchSettings

ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
)
_REDIRECTS = {301, 302, 303, 307, 308}
_PERMANENT = {301, 308}


class FetchError(RuntimeError):
    """A feed could not be fetched; carries status and headers, if any."""

    def __init__(self, reason: str, status: int | None = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.headers: Mapping[str, str] = headers or {}


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a feed's server.

    Attributes:
        status: 200 or 304.
        url: the address that answered.
        moved_to: where permanent redirects (301, 308) led before any temporary one; None without any.
        headers: names in lower case; values as Latin-1, so that they can be sent back byte for byte.
        body: decompressed.
        hint: what a failure may come from, to be added to its reason; may be empty.
    """

    status: int
    url: str
    moved_to: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hint: str = ""


class Fetcher:
    """Fetches many feeds concurrently; an async context manager that owns connections and resolver threads."""

    def __init__(self, settings: FetchSettings, resolve: Resolver | None = None) -> None:
        self._settings = settings
        self._resolver = None if resolve else SystemResolver()
        transport = GuardedTransport(
            settings.allow_hosts, resolve or self._resolver or _nowhere, 2 * settings.concurrency
        )
        # Half of the time for one address leaves time for the next, if the first of a host is dead.
        timeout = httpx.Timeout(None, connect=settings.timeout_seconds / 2)
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self._client = httpx.AsyncClient(
            transport=transport, timeout=timeout, follow_redirects=False, trust_env=False, cookies=no_cookies
        )
        self._slots = HostSlots(settings.per_host)
        self._robots = RobotsFiles(self._robots_text, PRODUCT)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)
        if self._resolver:
            self._resolver.close()

    async def get(self, url: str, etag: str | None = None, last_modified: str | None = None) -> Answer:
        """Fetch a feed, with the validators of the last answer.

        Raises:
            FetchError: with the reason.
        """
        if url.startswith("file:"):
            return await self._get_file(url, last_modified)
        headers = {"if-none-match": etag, "if-modified-since": last_modified}
        sent = {name: value.encode("latin-1") for name, value in headers.items() if value}
        answer = await self._follow(url, sent, self._settings.max_bytes, robots=self._settings.robots)
        if answer.status == 304 and not sent:
            raise FetchError("304 for an unconditional request", 304, answer.headers)
        if answer.status not in {200, 304}:
            raise FetchError(f"HTTP {answer.status}{answer.hint}", answer.status, answer.headers)
        return answer

    async def _get_file(self, url: str, last_modified: str | None) -> Answer:
        try:
            modified, body = await asyncio.to_thread(
                read_file, url, self._settings.file_folder, self._settings.max_bytes, last_modified
            )
        except (OSError, AddressRefusedError, BodyError) as error:
            raise FetchError(str(error)) from None
        return Answer(304 if body is None else 200, url, None, {"last-modified": modified}, body or b"")

    async def _robots_text(self, url: str) -> tuple[int, str]:
        try:
            answer = await self._follow(url, {}, MAX_BYTES, robots=False, cut=True)
        except FetchError as error:
            raise FetchError(f"robots.txt: {error}") from None
        return answer.status, answer.body.decode("utf-8", "replace")

    async def _follow(
        self, url: str, headers: Mapping[str, bytes], max_bytes: int, *, robots: bool, cut: bool = False
    ) -> Answer:
        """Follow redirects to an answer; the time limit covers requests, not the wait for a slot."""
        left = self._settings.timeout_seconds
        trail = Trail(url, self._settings.max_redirects)
        while True:
            host = self._check(url)
            if robots and not await self._robots.allow(url):
                raise FetchError(f"robots.txt of {host} disallows it")
            async with self._slots.slot(host):
                started = asyncio.get_running_loop().time()
                answer = await self._request(url, headers, max_bytes, left, trail.cookies, cut=cut)
                left -= asyncio.get_running_loop().time() - started
            if answer.status not in _REDIRECTS:
                return Answer(answer.status, url, trail.moved_to, answer.headers, answer.body, trail.hint)
            url = self._target(url, answer)
            try:
                trail.step(url, permanent=answer.status in _PERMANENT)
            except RedirectError as error:
                raise FetchError(str(error)) from None

    @staticmethod
    def _check(url: str) -> str:
        try:
            return check_url(url)
        except AddressRefusedError as error:
            raise FetchError(str(error)) from None

    @staticmethod
    def _target(url: str, answer: Answer) -> str:
        location = answer.headers.get("location", "").encode("latin-1").decode("utf-8", "replace").strip()
        if not location:
            raise FetchError(f"HTTP {answer.status} without a location", answer.status, answer.headers)
        try:
            return urldefrag(urljoin(url, location)).url
        except ValueError as error:
            raise FetchError(f"redirect to a broken address: {error}") from None

    async def _request(
        self, url: str, headers: Mapping[str, bytes], max_bytes: int, seconds: float, cookies: Cookies, *, cut: bool
    ) -> Answer:
        try:
            async with asyncio.timeout(max(seconds, 0)):
                return await self._stream(url, headers, max_bytes, cookies, cut=cut)
        except TimeoutError:
            raise FetchError(f"took longer than {self._settings.timeout_seconds:g} s") from None
        except httpx.TimeoutException:
            raise FetchError("no connection in time") from None
        except (httpx.HTTPError, httpx.InvalidURL, AddressRefusedError, BodyError) as error:
            raise FetchError(str(error) or type(error).__name__) from None

    async def _stream(
        self, url: str, headers: Mapping[str, bytes], max_bytes: int, cookies: Cookies, *, cut: bool
    ) -> Answer:
        own = {"user-agent": self._settings.user_agent, "accept": ACCEPT, "accept-encoding": ENCODINGS}
        sent = [(name.encode(), value.encode()) for name, value in own.items()]
        sent += [(name.encode(), value) for name, value in headers.items()]
        request = self._client.build_request("GET", url, headers=sent)
        cookies.add_to(request)
        response = await self._client.send(request, stream=True)
        try:
            cookies.take_from(response)
            got = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers.raw}
            body = b""
            if response.status_code == 200:
                codings = ",".join(response.headers.get_list("content-encoding"))
                body = await read_body(response.aiter_raw(), codings, max_bytes, cut=cut)
            return Answer(response.status_code, url, None, got, body)
        finally:
            await response.aclose()


async def _nowhere(host: str, port: int) -> list[str]:
    raise OSError(f"no resolver for {host}:{port}")
