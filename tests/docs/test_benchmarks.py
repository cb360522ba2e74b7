"""A goal that docs/benchmarks.md says was missed stands in the README, with what was measured."""

import re

from tests.docs.pages import page

MISSED = "Goals that are missed"


def test_the_readme_names_exactly_the_goals_that_were_missed() -> None:
    readme = page("README.md")
    rows = [row for row in page("docs/benchmarks.md").rows("Benchmarks") if row[3] in ("yes", "no")]
    assert len(rows) > 5, "the table is found"
    missed = [row for row in rows if row[3] == "no"]
    assert (MISSED in readme.headings) == bool(missed)
    told = readme.text.partition(f"## {MISSED}")[2].partition("\n## ")[0]
    assert told.count("\n- ") == len(missed)
    for _, goal, measured, _ in missed:
        asked, found = (re.findall(r"\d+\.\d+", text)[0] for text in (goal, measured))
        assert asked in told and found[:3] in told, f"{goal}, {measured}"
