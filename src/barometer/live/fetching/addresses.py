"""Which addresses the crawler may connect to: public ones, and private ones that the configuration names.

Every connection is checked after the name is resolved, and goes to the address that was checked. So neither a redirect
nor a second DNS answer leads into the local network.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from socket import SOCK_STREAM, getaddrinfo
from urllib.parse import urlsplit

import anyio
import httpcore
import httpx

Resolver = Callable[[str, int], Awaitable[list[str]]]
SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

# Addresses that stand for an IPv4 address, which is the last 32 bits: NAT64 (RFC 6052) and IPv4-compatible.
_EMBEDDING = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))
# All that IANA has made global unicast (RFC 4291): neither site-local fec0::/10 nor segments of 5f00::/16.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# Parts of IANA's special-purpose registries that Python 3.11 does not know as such.
_UNWANTED = tuple(
    ip_network(network)
    for network in (
        "100.64.0.0/10",  # shared address space
        "192.0.0.0/24",  # protocol assignments; Python knows a part
        "192.88.99.0/24",  # 6to4 relay anycast
        "2001::/23",  # protocol assignments; later Pythons except some
        "3ffe::/16",  # the 6bone, returned
        "3fff::/20",  # documentation
    )
)
_MAX_URL_BYTES = 2000


class AddressRefusedError(ValueError):
    """The crawler may not connect to an address; the message says which and why."""


def check_url(url: str) -> str:
    """Return the host of an http or https address, in lower case.

    Raises:
        AddressRefusedError: if it has another scheme, no host, a broken port or credentials.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise AddressRefusedError(f"broken address {url!r}: {error}") from None
    if parts.scheme not in {"http", "https"}:
        raise AddressRefusedError(f"scheme {parts.scheme!r} of {url!r} is not allowed; expected http or https")
    if not host:
        raise AddressRefusedError(f"no host in address {url!r}")
    if parts.username or parts.password:
        raise AddressRefusedError(f"credentials in the address of {host}; expected none")
    return host


def check_feed_url(url: str) -> None:
    """Refuse an address that no request could be made of; one of a file is checked when it is read.

    Raises:
        AddressRefusedError: as `check_url` does, or if the store cannot keep the address: longer than 2,000 bytes,
            about the longest key that PostgreSQL can index, or has control characters or halves of surrogate pairs.
    """
    if odd := next((mark for mark in url if mark < " " or mark == "\x7f" or "\ud800" <= mark <= "\udfff"), None):
        raise AddressRefusedError(f"broken address: character {odd!a}")
    if len(url.encode("utf-8", "replace")) > _MAX_URL_BYTES:
        raise AddressRefusedError(f"address longer than {_MAX_URL_BYTES:,} bytes")
    if not url.startswith("file:"):
        check_url(url)


def is_public(address: str) -> bool:
    """Whether an IP address is public, and so is any that it embeds (mapped, 6to4, Teredo, NAT64)."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_public(form) for form in (ip, *_embedded(ip)))


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv6Address) and (ip.ipv4_mapped or ip in _EMBEDDING[0]):
        return True  # as public as the embedded address, which is checked as well
    if isinstance(ip, IPv6Address) and ip not in _GLOBAL_UNICAST:
        return False
    odd = ip.is_multicast or ip.is_reserved or ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_unspecified
    return ip.is_global and not odd and not any(ip.version == net.version and ip in net for net in _UNWANTED)


def _embedded(ip: IPv4Address | IPv6Address) -> list[IPv4Address]:
    if isinstance(ip, IPv4Address):
        return []
    found = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    found += [IPv4Address(int(ip) & 0xFFFFFFFF) for network in _EMBEDDING if ip in network]
    return [address for address in found if address is not None]


class SystemResolver:
    """Resolves names with the system's resolver, in enough threads that dead names do not delay others."""

    def __init__(self, threads: int = 64) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> list[str]:
        """Return the IP addresses of `host`, in the resolver's order, each once."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, lambda: getaddrinfo(host, port, type=SOCK_STREAM))
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    def close(self) -> None:
        """Shut the threads down, without waiting for names that are still being resolved."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects only to public addresses, and to the hosts in `allow_hosts` at any address.

    A name is resolved once for each connection; one forbidden address in the answer refuses them all.
    """

    def __init__(self, allow_hosts: Collection[str], resolve: Resolver) -> None:
        self._allowed = {name.lower() for name in allow_hosts}
        self._resolve = resolve
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check and connect, trying one address after the other."""
        problem: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in await self._checked(host, port):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem or httpcore.ConnectError(f"{host} has no address")

    async def _checked(self, host: str, port: int) -> list[str]:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"cannot resolve {host}: {error}") from None
        refused = [address for address in addresses if not is_public(address)]
        if refused and host.lower() not in self._allowed:
            raise AddressRefusedError(f"{host} is at {refused[0]}, not public; fetch.allow_hosts can allow it")
        return addresses

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[SocketOption] | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Refused: a feed never comes from a socket file."""
        raise AddressRefusedError(f"unix socket {path} is not allowed")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await anyio.sleep(seconds)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over a `GuardedBackend`, with no proxy from the environment."""

    def __init__(self, allow_hosts: Collection[str], resolve: Resolver, connections: int) -> None:
        context = httpx.create_ssl_context()
        super().__init__(verify=context, trust_env=False)
        # httpx has no argument for the network backend, so its pool is replaced.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=5.0,
            network_backend=GuardedBackend(allow_hosts, resolve),
        )
