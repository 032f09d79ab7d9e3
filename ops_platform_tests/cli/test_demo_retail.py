"""What the demo tells of each automation of the store."""

from __future__ import annotations

from typing import Any

import pytest

from ops_platform.cli.demo_retail import step_of


def row(automation: str = "total_sold", **values: Any) -> dict[str, Any]:
    usual = {"status": "applied", "error": None, "files": None, "effects": None, "seconds": 0.1}
    return {"automation": automation, "changes": 0, "applied": 0, "considered": 20, **usual, **values}


@pytest.mark.parametrize(
    ("ran", "figures", "said"),
    [
        (row(changes=3, applied=2), {}, "3 changes wanted, 2 made of 20 looked at"),
        (row(changes=3, status="held"), {}, "3 changes wanted, 0 made of 20 looked at; held"),
        (row(files="a.csv published, 3 rows", effects="2 x email sent"), {}, "a.csv published, 3 rows; 2 x email sent"),
        (row(error="no answer"), {}, "failed: no answer"),
        (
            row("text_returning_1"),
            {"eligible": 0, "too late": 15, "no consent": 5, "no name": 0},
            "no new text for 20 looked at: 5 no consent, 15 too late",
        ),
        (
            row("text_returning_1"),
            {"eligible": 15, "no consent": 5},
            "no new text for 20 looked at: 15 planned before, 5 no consent",
        ),
        (row("text_returning_1", effects="15 x text sent"), {"no consent": 5}, "15 x text sent"),
        (row("text_birthday", considered=0), {"eligible": 0}, "no new text for 0 looked at"),
        (row(), {"too late": 1}, "0 changes wanted, 0 made of 20 looked at"),
    ],
)
def test_a_row_says_what_was_done_or_why_nothing_was(ran: dict[str, Any], figures: dict[str, int], said: str) -> None:
    assert step_of(ran, figures).result == said
