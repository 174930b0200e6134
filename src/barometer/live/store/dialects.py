"""What differs between the databases: inserts that resolve conflicts, list lengths, time limits of PostgreSQL."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import BigInteger, Column, Connection, CursorResult, Insert, MetaData, Table, select, text
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

CONNECT_TIMEOUT_S = 5
STATEMENT_TIMEOUT_S = 30  # including lock waits; SQLite waits as long for a writer
ANSWER_TIMEOUT_S = STATEMENT_TIMEOUT_S + 5  # longer, so that a live server gives up first
IDLE_IN_TRANSACTION_S = 600  # how long a dead client can keep its locks
_POLL_S = 0.1
_PLACE = "place_of_row"  # of a row among those that are copied
COPY_ROWS = 1_000  # from which number on a temporary table costs less than parameters
MAX_PARAMETERS = 10_000  # of a statement: SQLite takes 32,766, PostgreSQL 65,535

# Each may be set in the database URL instead, as `?connect_timeout=3`.
LIMITS: dict[str, str | int] = {
    "connect_timeout": CONNECT_TIMEOUT_S,
    "options": f"-c statement_timeout={STATEMENT_TIMEOUT_S}s "
    f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_S}s",
    # For statements without a limit: a connection to a dead host breaks after a minute instead of hours.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


class LimitedConnection(psycopg.Connection[Any]):
    """A connection that closes itself if the server is silent: the server's own limits need a live server."""

    answer_timeout: float | None = None

    def wait(self, gen: PQGen[T], interval: float = _POLL_S, timeout: float | None = None) -> T:
        """Wait for an answer.

        Raises:
            psycopg.OperationalError: if there is none in `ANSWER_TIMEOUT_S`.
        """
        if self.pgconn.transaction_status == TransactionStatus.IDLE:  # a lifted limit lasts for one transaction
            self.answer_timeout = ANSWER_TIMEOUT_S
        limit = self.answer_timeout if timeout is None else timeout
        try:
            return super().wait(gen, interval, limit)
        except psycopg.OperationalError:
            # An error from the server ends the statement; if it still runs, the time-out was ours.
            if timeout is not None or self.pgconn.transaction_status != TransactionStatus.ACTIVE:
                raise
            self.pgconn.finish()
            raise psycopg.OperationalError(f"the database did not answer within {limit} s") from None


def lift_time_limit(connection: Connection) -> None:
    """Remove the time limit of statements until the transaction ends; SQLite has none."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        driver = connection.connection.driver_connection
        if isinstance(driver, LimitedConnection):
            driver.answer_timeout = None


def insert(connection: Connection, table: Table) -> "postgresql.Insert | sqlite.Insert":
    """An INSERT with ON CONFLICT, in the dialect of the connection's database."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def insert_rows(
    connection: Connection, table: Table, statement: Insert, rows: Sequence[Mapping[str, object]]
) -> CursorResult[Any]:
    """Execute an INSERT of one or more rows into `table`, all with the same columns.

    In PostgreSQL many rows go through COPY into a temporary table, from which they are inserted, in their order.
    """
    if len(rows) < COPY_ROWS or connection.dialect.name != "postgresql":
        return connection.execute(statement, rows)
    names = list(rows[0])
    incoming = _copy(connection, table, names, rows)
    chosen = select(*(incoming.c[name] for name in names)).order_by(incoming.c[_PLACE])
    counted = {"preserve_rowcount": True}
    return connection.execute(statement.from_select(names, chosen, include_defaults=False), execution_options=counted)


def _copy(connection: Connection, target: Table, names: list[str], rows: Sequence[Mapping[str, object]]) -> Table:
    """Copy rows into a temporary table, which goes with the transaction."""
    incoming = Table(
        f"incoming_{target.name}",
        MetaData(),
        *(Column(name, target.c[name].type) for name in names),
        Column(_PLACE, BigInteger),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )
    incoming.create(connection, checkfirst=True)
    connection.execute(text(f'TRUNCATE "{incoming.name}"'))
    columns = ", ".join(f'"{column.name}"' for column in incoming.columns)
    binds = [target.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect) for name in names]
    cursor = connection.connection.cursor()
    with cursor.copy(f'COPY "{incoming.name}" ({columns}) FROM STDIN') as copy:
        for place, row in enumerate(rows):
            values = (row[name] if bind is None else bind(row[name]) for name, bind in zip(names, binds, strict=True))
            copy.write_row((*values, place))
    cursor.close()
    return incoming


def chunks(items: Iterable[T], size: int = MAX_PARAMETERS) -> Iterator[Sequence[T]]:
    """Split `items` into lists of at most `size`, in order."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
