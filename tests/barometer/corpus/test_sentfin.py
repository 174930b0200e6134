"""Headlines whose entities agree, made from the public form of SEntFiN."""

import csv
import io

import pytest

from barometer.corpus.sentfin import agreeing_headlines

PUBLIC = """S No.,Title,Decisions,Words
1,Acme  to build plant,{'Acme': 'positive'},4
2,"Acme up, Bolt down","{'Acme': 'positive', 'Bolt': 'negative'}",4
3,Acme and Bolt sued,"{'Acme': 'negative', 'Bolt': 'negative'}",4
4,Eve's shop opens,"{'Eve's shop': 'positive'}",3
5,Acme meets,{},2
6,Acme waits,{'Acme': 'unsure'},2
"""


def test_headlines_whose_entities_agree() -> None:
    rows = list(csv.DictReader(io.StringIO(agreeing_headlines(PUBLIC.encode()).decode())))
    assert [(row["text"], row["label"], row["n_entities"], row["entity_labels"]) for row in rows] == [
        ("Acme to build plant", "1", "1", "positive"),
        ("Acme and Bolt sued", "-1", "2", "negative"),
    ]
    assert {(row["source"], row["date"]) for row in rows} == {("SEntFiN", "")}


def test_another_file_is_refused() -> None:
    with pytest.raises(ValueError, match="columns text, label; expected Title and Decisions"):
        agreeing_headlines(b"text,label\na,1\n")
