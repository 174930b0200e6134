"""Who may hold a connection open: counted by client, the longest idle one is closed when there are too many."""

from collections import Counter, OrderedDict
from typing import Protocol

# Connections for monitoring, beside those within the limits.
RESERVE = 64


class Connection(Protocol):
    """A connection as the registry sees it."""

    def drop(self) -> None:
        """Close it at once."""


# Connections without a request in progress, in the order in which they became idle.
_Idle = OrderedDict[Connection, None]


class Connections:
    """The open connections of one server.

    A connection too many closes the one that has been idle longest: the client's own where the client has too many,
    else any. Bytes do not make a connection less idle, only a whole request head does. Where every other connection
    has a request in progress, the new one is a spare one: for monitoring only, outside all counts, and closed by the
    64th after it.
    """

    def __init__(self, limit: int, per_client: int) -> None:
        """Count connections: at most `limit` of all clients, and `per_client` of each."""
        self._limit, self._per_client = limit, per_client
        self._client_of: dict[Connection, str | None] = {}
        self._open: Counter[str | None] = Counter()
        self._idle: dict[str | None, _Idle] = {}
        self._idle_of_all: _Idle = OrderedDict()
        self._spare: OrderedDict[Connection, None] = OrderedDict()

    def __len__(self) -> int:
        """How many are open."""
        return len(self._client_of) + len(self._spare)

    def opened(self, connection: Connection, client: str | None) -> bool:
        """Count a new connection, idle until it asks; return whether it may ask for more than monitoring needs.

        Args:
            connection: the new one.
            client: whose it is; None for one that stands for many, such as a proxy, and has no limit of its own.
        """
        if not self._make_room(client):
            self._spare[connection] = None
            if len(self._spare) > RESERVE:
                self._drop(next(iter(self._spare)))
            return False
        self._client_of[connection] = client
        self._open[client] += 1
        self.rests(connection)
        return True

    def asks(self, connection: Connection) -> None:
        """The connection has a request in progress, and is closed for no other."""
        if connection in self._client_of:
            self._idle_of_all.pop(connection, None)
            self._idle[self._client_of[connection]].pop(connection, None)

    def rests(self, connection: Connection) -> None:
        """The connection has no request in progress."""
        if connection in self._client_of:
            self._idle_of_all[connection] = None
            self._idle.setdefault(self._client_of[connection], OrderedDict())[connection] = None

    def closed(self, connection: Connection) -> None:
        """Forget a connection; nothing happens if it is not counted."""
        self._spare.pop(connection, None)
        if connection not in self._client_of:
            return
        self.asks(connection)
        client = self._client_of.pop(connection)
        self._open[client] -= 1
        if not self._open[client]:
            del self._open[client], self._idle[client]

    def _make_room(self, client: str | None) -> bool:
        if client is not None and self._open[client] >= self._per_client and not self._evict(self._idle[client]):
            return False
        return len(self._client_of) < self._limit or self._evict(self._idle_of_all)

    def _evict(self, idle: _Idle) -> bool:
        oldest = next(iter(idle), None)
        if oldest is not None:
            self._drop(oldest)
        return oldest is not None

    def _drop(self, connection: Connection) -> None:
        self.closed(connection)
        connection.drop()
