"""The index that finds parts of words in titles: every three characters in a row, by title, in both databases.

In PostgreSQL it is a GIN index of an array, so that no extension is needed that an administrator would have to allow.
In SQLite it is an FTS5 table. Both find too much, never too little: the title itself decides.
"""

from sqlalchemy import DDL, Index, event, func
from sqlalchemy.schema import DDLElement

from barometer.live.store.schema.base import metadata
from barometer.live.store.schema.news import news_titles

# SQLite numbers the titles of a day from this many times the day: so numbers are in the order of days, and the newest
# matches are read first. More titles of one day than this cannot be stored.
DAY_NUMBERS = 2**24
DAY_MICROSECONDS = 86_400_000_000

# Small letters as of ASCII alone, as LIKE has them.
_FUNCTION = """
CREATE OR REPLACE FUNCTION title_trigrams(title text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    small text := lower(title COLLATE "C");
    found text[] := '{}';
BEGIN
    FOR i IN 1 .. length(small) - 2 LOOP
        found := found || substr(small, i, 3);
    END LOOP;
    RETURN found;
END
$$
"""

# Waiting entries are read by every search, so few may wait.
search_index = Index(
    "ix_news_titles_search",
    func.title_trigrams(news_titles.c.title),
    postgresql_using="gin",
    postgresql_with={"gin_pending_list_limit": 256},
).ddl_if(dialect="postgresql")

_FIRST = f"new.pub_time / {DAY_MICROSECONDS} * {DAY_NUMBERS}"
_ADD = """
    INSERT INTO title_numbers (number, title_id)
    SELECT coalesce(max(number) + 1, :first), new.title_id FROM title_numbers
    WHERE number >= :first AND number < :first + :numbers;
    INSERT INTO title_search (rowid, title)
    SELECT number, new.title FROM title_numbers WHERE title_id = new.title_id;
""".replace(":first", _FIRST).replace(":numbers", str(DAY_NUMBERS))
_REMOVE = """
    INSERT INTO title_search (title_search, rowid, title)
    SELECT 'delete', number, old.title FROM title_numbers WHERE title_id = old.title_id;
    DELETE FROM title_numbers WHERE title_id = old.title_id;
"""
_SQLITE = (
    "CREATE TABLE title_numbers (number INTEGER PRIMARY KEY, title_id BIGINT NOT NULL UNIQUE)",
    "CREATE VIEW numbered_titles AS SELECT number, title FROM title_numbers JOIN news_titles USING (title_id)",
    "CREATE VIRTUAL TABLE title_search USING fts5(title, content='numbered_titles', content_rowid='number', "
    "tokenize='trigram', detail=none, columnsize=0)",
    f"CREATE TRIGGER news_titles_added AFTER INSERT ON news_titles BEGIN {_ADD} END",
    f"CREATE TRIGGER news_titles_removed AFTER DELETE ON news_titles BEGIN {_REMOVE} END",
    "CREATE TRIGGER news_titles_changed AFTER UPDATE OF title_id, title, pub_time ON news_titles "
    f"BEGIN {_REMOVE} {_ADD} END",
)


def _ddl(statement: str, dialect: str) -> DDLElement:
    made: DDLElement = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
    return made.execute_if(dialect=dialect)


def _attach() -> None:
    """Let the metadata make and drop the index with the table."""
    event.listen(metadata, "before_create", _ddl(_FUNCTION, "postgresql"))
    event.listen(metadata, "after_drop", _ddl("DROP FUNCTION IF EXISTS title_trigrams(text)", "postgresql"))
    for statement in _SQLITE:
        event.listen(news_titles, "after_create", _ddl(statement, "sqlite"))
    for what in ("VIEW IF EXISTS numbered_titles", "TABLE IF EXISTS title_search", "TABLE IF EXISTS title_numbers"):
        event.listen(news_titles, "before_drop", _ddl(f"DROP {what}", "sqlite"))


_attach()
