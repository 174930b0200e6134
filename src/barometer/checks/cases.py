"""The minimum functionality tests as data, so that the gate judges alike everywhere.

The templates are filled by the checklist library, which is no part of what ships; judging needs only the cases. They
lie beside this module, and `python -m barometer.checks.cases` makes them again after a change of the templates.
"""

import gzip
import json
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

from barometer.checks.check import Case, Check
from barometer.checks.negation import negation_plans
from barometer.checks.plan import Plan
from barometer.checks.statements import statement_plans
from barometer.checks.templates import Templates, seeded

FILE = "cases.jsonl.gz"
CASES, SEED = 200, 17  # of each test, as in conf/: a test holds them equal


def plans() -> list[Plan]:
    """The minimum functionality tests before their templates are filled."""
    return [*statement_plans(), *negation_plans()]


def stored_checks() -> list[Check]:
    """The minimum functionality tests with the cases that are kept; needs no library.

    Raises:
        ValueError: if a test has no case, because it is newer than the file.
    """
    cases: defaultdict[str, list[Case]] = defaultdict(list)
    for line in gzip.decompress(files(__package__).joinpath(FILE).read_bytes()).decode().splitlines():
        row = json.loads(line)
        cases[row["test"]].append(Case(row["text"], source=row["source"]))
    missing = [plan.name for plan in plans() if plan.name not in cases]
    if missing:
        raise ValueError(f"{FILE} has no case of {missing}; `python -m barometer.checks.cases` makes the file again")
    return [Check(plan.name, plan.capability, "MFT", plan.demand, tuple(cases[plan.name])) for plan in plans()]


def made_checks(templates: Templates, cases: int, seed: int) -> list[Check]:
    """The same made from the templates; raises ValueError if these cannot make so many distinct cases."""
    return [plan.check(templates, cases, seeded(seed, plan.name)) for plan in plans()]


def main() -> None:
    """Make the file again."""
    rows = (
        {"test": check.name, "text": case.text, "source": case.source}
        for check in made_checks(Templates(), CASES, SEED)
        for case in check.cases
    )
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    Path(__file__).with_name(FILE).write_bytes(gzip.compress(lines.encode(), mtime=0))


if __name__ == "__main__":
    main()
