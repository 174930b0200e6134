from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from serve.api.connections import RESERVE, Connections


@dataclass(eq=False)
class Held:
    """A connection that tells what became of it."""

    name: str
    dropped: list[str] = field(default_factory=list)

    def drop(self) -> None:
        self.dropped.append(self.name)


def several(count: int, dropped: list[str]) -> list[Held]:
    return [Held(str(number), dropped) for number in range(count)]


def test_longest_idle_connection_goes_first() -> None:
    dropped: list[str] = []
    connections = Connections(limit=3, per_client=3)
    kept, silent, busy, new, newer = several(5, dropped)
    for number, held in enumerate((kept, silent, busy)):
        assert connections.opened(held, f"client {number}")
    connections.asks(kept)
    connections.rests(kept)
    connections.asks(busy)
    assert connections.opened(new, "another") and dropped == ["1"]
    assert connections.opened(newer, "another") and dropped == ["1", "0"]
    assert len(connections) == 3


def test_client_displaces_its_own_first() -> None:
    dropped: list[str] = []
    connections = Connections(limit=10, per_client=2)
    other, *own = several(4, dropped)
    connections.opened(other, "other")
    assert all(connections.opened(held, "greedy") for held in own)
    assert dropped == ["1"]


def test_proxy_has_no_limit_of_its_own() -> None:
    dropped: list[str] = []
    connections = Connections(limit=10, per_client=2)
    assert all(connections.opened(held, None) for held in several(10, dropped)) and not dropped
    connections.opened(Held("last", dropped), None)
    assert dropped == ["0"]


def test_busy_connections_leave_monitoring_room() -> None:
    dropped: list[str] = []
    connections = Connections(limit=5, per_client=5)
    for held in several(5, dropped):
        connections.opened(held, held.name)
        connections.asks(held)
    spare = several(RESERVE + 1, dropped)
    for held in spare:
        assert not connections.opened(held, "watcher"), "it may ask for what monitoring needs only"
        connections.asks(held)
    assert dropped == [spare[0].name] and len(connections) == 5 + RESERVE


STEPS = st.tuples(st.sampled_from(["open", "ask", "rest", "close"]), st.integers(0, 30), st.sampled_from("abc"))


@given(st.lists(STEPS, max_size=200))
def test_counts_hold_whatever_happens(steps: list[tuple[str, int, str]]) -> None:
    connections = Connections(limit=6, per_client=3)
    dropped: list[str] = []
    held: dict[int, Held] = {}
    for act, number, client in steps:
        if act == "open" and number not in held:
            held[number] = Held(str(number), dropped)
            connections.opened(held[number], client)
        elif act == "ask" and number in held:
            connections.asks(held[number])
        elif act == "rest" and number in held:
            connections.rests(held[number])
        elif act == "close" and number in held:
            connections.closed(held.pop(number))
        for gone in dropped:
            held.pop(int(gone), None)
        dropped.clear()
        assert len(connections) == len(held) <= 6 + RESERVE
    for connection in list(held.values()):
        connections.closed(connection)
    assert len(connections) == 0 and not connections._open and not connections._idle, "nothing is kept of who left"
