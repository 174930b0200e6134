"""Answers about stories: a headline, and the other titles that tell the same. Times are UTC."""

from dataclasses import asdict
from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from barometer.live.records import ListedStory
from barometer.live.records.stories import MOST_COPIES
from serve.api.data_schemas import ListedNews


class Copy(BaseModel):
    """Another title of a story: a near-duplicate of the headline, or the same from another outlet."""

    title: str = Field(examples=["Bitcoin rallies as the regulators approve a spot fund"])
    source: str = Field(examples=["example.com"], description="The outlet.")
    url: str = Field(examples=["https://example.com/news/7"], description="The article; empty if there is no link.")
    pub_time: datetime = Field(examples=["2024-05-17T08:12:00Z"])


class Story(ListedNews):
    """The headline that stands for a story and counts, with its score, and the titles that tell the same."""

    copies: list[Copy] = Field(description=f"Earliest first, at most {MOST_COPIES}; an outlet may have several.")

    @classmethod
    def told(cls, found: ListedStory) -> Self:
        """The answer for a story of the store."""
        copies = [asdict(copy) for copy in found.copies]
        return cls.model_validate(ListedNews.of(found.headline).model_dump() | {"copies": copies})
