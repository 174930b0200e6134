"""What all tables share."""

from typing import TypeVar

from sqlalchemy import BigInteger, Column, Dialect, ForeignKey, ForeignKeyConstraint, Index, MetaData, Text
from sqlalchemy.types import TypeDecorator

Item = TypeVar("Item", Index, ForeignKeyConstraint)


class ForeignText(TypeDecorator[str]):
    """Text from the network: what PostgreSQL cannot store (NUL, lone surrogates) is replaced in both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Text that both databases accept."""
        if value is None:
            return None
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def only(dialect: str, item: Item) -> Item:
    """An index or a foreign key that only one of the databases has."""
    item.ddl_if(dialect=dialect)
    item.info["dialect"] = dialect
    return item


def title_key() -> Column[int]:
    """The key of what belongs to one headline and goes with it."""
    return Column("title_id", BigInteger, ForeignKey("news_titles.title_id", ondelete="CASCADE"), primary_key=True)
