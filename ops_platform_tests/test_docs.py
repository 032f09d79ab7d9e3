"""What the documents name exists: checks and files. A renamed check must not leave the operator with a dead name."""

from __future__ import annotations

import re

import pytest

from ops_platform.definitions import defs
from ops_platform.paths import project_root

DOCS = project_root() / "docs"


@pytest.mark.parametrize("page", ["vehicles.md", "restaurant.md"])
def test_the_checks_named_for_the_operator_exist(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([a-z_]+)` (?:red|yellow) \|", text, flags=re.MULTILINE))
    assert len(named) >= 8
    graph = defs.resolve_asset_graph()
    assert named <= {key.name for key in graph.asset_check_keys}


def test_every_fault_of_the_operators_page_is_shown_by_a_test_that_exists() -> None:
    text = (DOCS / "operating.md").read_text(encoding="utf-8").partition("## What happens when")[2]
    rows = [line for line in text.partition("## Keeping it small")[0].splitlines() if line.startswith("| ")]
    faults = [row for row in rows if not row.startswith("| fault ")]
    assert len(faults) >= 60
    tests = project_root() / "ops_platform_tests"
    known = {
        name for file in tests.rglob("test_*.py") for name in re.findall(r"def (test_\w+)", file.read_text("utf-8"))
    }
    for row in faults:
        cells = re.split(r"(?<!\\)\|", row.strip("| "))
        named = re.findall(r"`([\w/]+(?:\.py)?)`", cells[-1])
        assert len(cells) == 4, row
        assert named, row
        missing = [each for each in named if each not in known and not (tests / each).is_file()]
        assert missing == [], row


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "CONTRIBUTING.md",
        "docs/adr/README.md",
        "docs/vehicles.md",
        "docs/restaurant.md",
        "docs/cli.md",
        "docs/operating.md",
        "docs/retail.md",
        "docs/retail_customers.md",
        "docs/retail_reports.md",
        "docs/retail_requests.md",
        "docs/retail_outside.md",
        "docs/mail.md",
        "docs/texts.md",
    ],
)
def test_the_files_a_page_links_exist(page: str) -> None:
    file = project_root() / page
    links = re.findall(r"\]\((?!https?:)([^)#]+)", file.read_text(encoding="utf-8"))
    assert [link for link in links if not (file.parent / link).exists()] == []
