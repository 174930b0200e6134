"""The redirects of one request: their limit and loops, and the cookies that are kept until it ends."""

from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

_HINT = "; the site asks for cookies"


class RedirectError(ValueError):
    """A request is redirected for ever, or too often."""


class Cookies:
    """What the servers of one request have set, sent back by the rules of domains, paths and schemes; then forgotten.

    A cookie for a whole country's domain, such as `.co.uk`, is refused.
    """

    def __init__(self) -> None:
        self._jar = httpx.Cookies(CookieJar(DefaultCookiePolicy(strict_domain=True)))
        self.asked = False

    def add_to(self, request: httpx.Request) -> None:
        """Set the request's Cookie header to those for its address."""
        self._jar.set_cookie_header(request)

    def take_from(self, response: httpx.Response) -> None:
        """Keep what a response sets."""
        self.asked |= "set-cookie" in response.headers
        self._jar.extract_cookies(response)

    def state(self) -> frozenset[tuple[str, str, str, str | None]]:
        """All that are kept, to compare with another time."""
        return frozenset((cookie.domain, cookie.path, cookie.name, cookie.value) for cookie in self._jar.jar)


class Trail:
    """Where a request has been; `moved_to` is where permanent redirects led before any temporary one."""

    def __init__(self, url: str, most: int) -> None:
        self.cookies = Cookies()
        self.moved_to: str | None = None
        self._most = most
        self._permanent = True
        self._seen = {(url, self.cookies.state())}
        self._steps = 0

    @property
    def hint(self) -> str:
        """What to add to the reason of a failure: whether the site set cookies."""
        return _HINT if self.cookies.asked else ""

    def step(self, url: str, *, permanent: bool) -> None:
        """Go on to `url`; the same address again is no loop if the site has set other cookies meanwhile.

        Raises:
            RedirectError: for a loop, or more redirects than allowed.
        """
        place = (url, self.cookies.state())
        if place in self._seen:
            raise RedirectError(f"redirect loop{self.hint}")
        self._steps += 1
        if self._steps > self._most:
            raise RedirectError(f"more than {self._most} redirects{self.hint}")
        if any(url == seen for seen, _ in self._seen):  # sent away to fetch a cookie, not moved
            self._permanent, self.moved_to = False, None
        self._seen.add(place)
        self._permanent = self._permanent and permanent
        self.moved_to = url if self._permanent else self.moved_to
