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


@pytest.mark.parametrize(
    "page",
    ["README.md", "CONTRIBUTING.md", "docs/adr/README.md", "docs/vehicles.md", "docs/restaurant.md", "docs/cli.md"],
)
def test_the_files_a_page_links_exist(page: str) -> None:
    file = project_root() / page
    links = re.findall(r"\]\((?!https?:)([^)#]+)", file.read_text(encoding="utf-8"))
    assert [link for link in links if not (file.parent / link).exists()] == []
