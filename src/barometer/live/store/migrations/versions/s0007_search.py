"""An index of the parts of titles' words, filled with the titles there are.

SQLite keeps it up to date by triggers, so that no writer can forget it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_TRIGRAMS = """
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
# Numbers begin with the day; 2 ** 24 titles of a day have one.
_ADD = """
    INSERT INTO title_numbers (number, title_id)
    SELECT coalesce(max(number) + 1, new.pub_time / 86400000000 * 16777216), new.title_id FROM title_numbers
    WHERE number >= new.pub_time / 86400000000 * 16777216
    AND number < new.pub_time / 86400000000 * 16777216 + 16777216;
    INSERT INTO title_search (rowid, title)
    SELECT number, new.title FROM title_numbers WHERE title_id = new.title_id;
"""
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
    "INSERT INTO title_numbers SELECT pub_time / 86400000000 * 16777216 "
    "+ row_number() OVER (PARTITION BY pub_time / 86400000000) - 1, title_id FROM news_titles",
    # In memory as far as 64 MiB go, instead of 1 MiB: fewer pieces to merge.
    "INSERT INTO title_search (title_search, rank) VALUES ('hashsize', 67108864)",
    "INSERT INTO title_search (title_search) VALUES ('rebuild')",
    "INSERT INTO title_search (title_search, rank) VALUES ('hashsize', 1048576)",
    f"CREATE TRIGGER news_titles_added AFTER INSERT ON news_titles BEGIN {_ADD} END",
    f"CREATE TRIGGER news_titles_removed AFTER DELETE ON news_titles BEGIN {_REMOVE} END",
    "CREATE TRIGGER news_titles_changed AFTER UPDATE OF title_id, title, pub_time ON news_titles "
    f"BEGIN {_REMOVE} {_ADD} END",
)


def upgrade() -> None:
    """Make the index."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_TRIGRAMS)
        trigrams = sa.text("title_trigrams(title)")
        waiting = {"gin_pending_list_limit": 256}
        op.create_index(
            "ix_news_titles_search", "news_titles", [trigrams], postgresql_using="gin", postgresql_with=waiting
        )
        return
    for statement in _SQLITE:
        op.execute(statement)
