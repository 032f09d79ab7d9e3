"""`ops restaurant load`, `fetch`, `rejects`, `rematch`, `status` as a person types them, over a few days of orders."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from ops_platform.adapters.database import Database
from ops_platform.adapters.sandbox_address import announced
from ops_platform.restaurant.demo_data import demo_events
from ops_platform.sandbox.petpooja import PetpoojaSandbox
from ops_platform.sandbox.petpooja_stream import stream_service
from ops_platform.sandbox.server import running_sandbox
from ops_platform_tests.cli.ops_command import Ops, ops_home

EVENTS = list(islice(demo_events(last_day=date(2026, 1, 9), days=6), 260))
# As SQL, because `ops restaurant menu import` matches again by itself.
MENU = """
WITH item AS (INSERT INTO menu_items (name, type) VALUES ('By its number', 'Ice Cream') RETURNING menu_item_id),
     size AS (INSERT INTO variants (variant_name) VALUES ('1_PIECE') RETURNING variant_id)
INSERT INTO menu_item_variants (menu_item_id, variant_id, petpooja_itemid) SELECT *, :number FROM item, size
"""


@pytest.fixture(scope="module")
def ops() -> Iterator[Ops]:
    with ops_home(inside=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("orders")


def file(folder: Path, name: str, events: list[Any]) -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(one) + "\n" for one in events), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def loaded(ops: Ops, folder: Path) -> Ops:
    """Two files are loaded, with one between them that is none, and a line that is no JSON."""
    answer = ops.run("restaurant", "status")
    assert "There is no order yet. `ops restaurant load FILE`" in answer.out
    first = file(folder, "first.jsonl", EVENTS[:100])
    broken = folder / "broken.json"
    broken.write_text('{"data": [', encoding="utf-8")
    second = file(folder, "second.jsonl", EVENTS[50:200])
    with second.open("a", encoding="utf-8") as stream:
        stream.write('{"stream_id": 5,\n')
    answer = ops.run("restaurant", "load", str(first), str(broken), str(second), code=1)
    assert "broken.json, line 1, column 11: the text ends in the middle." in answer.err.replace("\n", " ")
    assert "second.jsonl" in answer.out and "duplicate" in answer.out
    assert "1 x json_syntax" in answer.err
    assert "Each with its place and reason: ops restaurant rejects --load" in answer.out
    return ops


def test_a_load_tells_a_script_every_count(loaded: Ops, folder: Path) -> None:
    found = loaded.json("restaurant", "load", str(folder / "first.jsonl"), str(folder / "broken.json"), code=1)
    good, bad = found["files"]
    assert found["ok"] is False and "the text ends in the middle" in bad["error"]
    assert (good["already_loaded"], good["conserved"], good["orders_read"]) == (True, True, 100)
    assert "already loaded as load 1" in loaded.run("restaurant", "load", str(folder / "first.jsonl")).out


def test_what_was_refused_is_shown_by_reason_and_written_for_a_spreadsheet(loaded: Ops, tmp_path: Path) -> None:
    shown = loaded.run("restaurant", "rejects").out
    assert "json_syntax (order), second.jsonl, no. 151" in shown
    assert "load the file again" in shown.replace("\n", " ")
    found = loaded.json("restaurant", "rejects", "--code", "json_syntax")["rejects"]
    assert [row["line_no"] for row in found] == [151]
    assert loaded.json("restaurant", "rejects", "--load", "1", "--code", "json_syntax")["rejects"] == []
    sheet = tmp_path / "rejects.csv"
    assert f"written to {sheet}" in loaded.run("restaurant", "rejects", "--csv", str(sheet)).out
    with sheet.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    [row] = [row for row in rows if row["code"] == "json_syntax"]
    assert (row["file or page"], row["line or number"], row["good since"]) == ("second.jsonl", "151", "")


def test_a_reject_is_shown_no_more_once_its_line_is_mended_unless_all_are_asked_for(loaded: Ops, folder: Path) -> None:
    path = folder / "second.jsonl"
    path.write_text(path.read_text(encoding="utf-8").rpartition('{"stream_id": 5,')[0], encoding="utf-8")
    loaded.run("restaurant", "load", str(path))
    assert loaded.json("restaurant", "rejects", "--code", "json_syntax")["rejects"] == []
    [row] = loaded.json("restaurant", "rejects", "--code", "json_syntax", "--all")["rejects"]
    assert row["resolved_at"] is not None


def test_new_orders_are_fetched_from_the_sandbox_of_this_home(loaded: Ops) -> None:
    missing = loaded.run("restaurant", "fetch", code=1)
    assert "no sandbox is running" in missing.err
    events = [one for one in EVENTS if one["stream_id"] != EVENTS[240]["stream_id"]]
    with running_sandbox([stream_service(PetpoojaSandbox(events))]) as sandbox, announced(loaded.home, sandbox.url):
        answer = loaded.run("restaurant", "fetch")
        assert "sandbox: " in answer.out and "orders read = " in answer.out and " new + " in answer.out
        assert f"events of the stream never came: {EVENTS[240]['stream_id']:,}" in answer.err.replace("\n", " ")
        found = loaded.json("restaurant", "fetch")
        assert (found["pages"], found["missing"]) == ([], 1)
        assert "nothing new" in loaded.run("restaurant", "fetch").out
        assert "cannot be asked for a day" in loaded.run("restaurant", "fetch", "--day", "2026-01-03", code=1).err


def test_matching_again_tells_first_and_does_it_then(loaded: Ops) -> None:
    line = EVENTS[1]["raw_event"]["raw_payload"]["properties"]["OrderItem"][0]
    db = Database(loaded.run("database", "url").out.strip())
    try:
        db.execute(MENU, number=line["itemid"])
    finally:
        db.close()
    dry = loaded.json("restaurant", "rematch", "--dry-run")
    assert dry["dry_run"] and dry["changed"] > 0
    told = loaded.run("restaurant", "rematch", "--dry-run").out
    assert "would get" in told and "Nothing was written" in told and "By its number" in told
    assert loaded.json("restaurant", "rematch", "--since", "2026-01-01")["changed"] == dry["changed"]
    assert "0 got another link" in loaded.run("restaurant", "rematch").out.replace("\n", " ")


def test_status_shows_where_everything_stands(loaded: Ops) -> None:
    found = loaded.json("restaurant", "status")
    assert found["orders"] > 150 and found["lines"] > found["lines_unmatched"]
    assert {load["status"] for load in found["loads"]} == {"loaded", "failed"} or len(found["loads"]) == 8
    told = loaded.run("restaurant", "status").out
    assert f"{found['orders']:,} orders of " in told
    assert "ops restaurant rejects" in told and "The newest loads" in told and "What looks odd" in told
