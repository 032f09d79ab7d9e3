"""`ops vehicles ...` on invented scrapes: the commands as a person types them, in the order of a few days' work."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

from ops_platform.cli.errors import CommandError
from ops_platform.cli.vehicles_orders import read_filters
from ops_platform.vehicles.rule_errors import RulesError
from ops_platform_tests.cli.ops_command import Ops, agency_day, demo_scrapes, ops_home

CARS = 1200
BMW = "BMW of West St. Louis"


@pytest.fixture(scope="module")
def ops() -> Iterator[Ops]:
    with ops_home(inside=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def scrapes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    yesterday = agency_day() - timedelta(days=1)
    return demo_scrapes(tmp_path_factory.mktemp("scrapes"), days=3, cars=CARS, last_day=yesterday)


@pytest.fixture(scope="module")
def loaded(ops: Ops, scrapes: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Ops:
    """Three days are loaded, given in the wrong order and with a file among them that is no scrape."""
    broken = tmp_path_factory.mktemp("broken") / "complete_data_2025-01-01.csv"
    broken.write_text("not,a,scrape\n1,2,3\n", encoding="utf-8")
    found = ops.json("vehicles", "import", *map(str, [scrapes[2], broken, scrapes[0], scrapes[1]]), code=1)
    assert found["ok"] is False
    assert [Path(entry["file"]).name for entry in found["files"]] == [broken.name, *(file.name for file in scrapes)]
    assert "header" in found["files"][0]["error"]
    assert [entry["error"] for entry in found["files"][1:]] == [None, None, None]
    assert all(entry["conserved"] for entry in found["files"][1:])
    assert found["files"][2]["price_changes"] > 0
    assert found["files"][3]["held_locations"]
    return ops


def test_an_import_tells_a_person_what_came_in_what_did_not_and_what_to_do(
    ops: Ops, scrapes: list[Path], loaded: Ops
) -> None:
    again = ops.run("vehicles", "import", str(scrapes[0]))
    assert "already loaded as import" in again.out

    shorter = scrapes[2].read_text(encoding="utf-8").splitlines(keepends=True)
    copy = scrapes[2].with_name("part.csv")
    copy.write_text("".join(shorter[:-1]), encoding="utf-8")
    day = agency_day().isoformat()
    answer = ops.run("vehicles", "import", str(copy), "--scan-date", day)
    assert f"scan of {day}" in answer.out
    assert "rows read =" in answer.out
    assert "unknown_location" in answer.out
    assert 'ops vehicles alias add "Harborlight Motor Exchange"' in answer.out
    assert "Harborlight Motor Exchange" in answer.err
    assert answer.err.count("!") >= 1


def test_rejects_are_shown_by_reason_and_written_for_a_spreadsheet(
    loaded: Ops, scrapes: list[Path], tmp_path: Path
) -> None:
    number = str(loaded.json("vehicles", "import", str(scrapes[0]))["files"][0]["import_id"])
    shown = loaded.run("vehicles", "rejects", "--import", number, "--code", "unknown_location").out
    assert "unknown_location" in shown
    assert "vin_format" not in shown
    file = tmp_path / "rejects.csv"
    loaded.run("vehicles", "rejects", "--import", number, "--csv", str(file))
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = loaded.json("vehicles", "rejects", "--import", number)
    assert len(rows) == len(found["rejects"]) == found["rows_rejected"] > 0
    assert {row["code"] for row in rows} >= {"unknown_location", "vin_format", "field_count"}
    assert rows[0]["vin"] == (found["rejects"][0]["raw"]["vin"] or "")
    assert "there is no import 999" in loaded.run("vehicles", "rejects", "--import", "999", code=2).err


def test_a_job_restricts_further_makes_its_qr_files_and_can_be_looked_up(loaded: Ops) -> None:
    job = loaded.json(
        "vehicles",
        "job",
        "bmw of west st louis",
        "--type",
        "premium",
        "--min-price",
        "30000",
        "--filter",
        "year_max=2026",
    )
    assert job["success"] is True
    assert job["dealership"] == BMW
    assert job["vehicle_count"] == len(job["vehicles"]) > 0
    assert all(car["price"] >= 30000 and car["year"] >= 2020 for car in job["vehicles"])
    assert job["qr_generation"]["made"] + job["qr_generation"]["unchanged"] == job["vehicle_count"]
    assert Path(job["export_file"]).read_text(encoding="utf-8").startswith("vin,stock,year,make,model,")

    stored = loaded.json("vehicles", "status", str(job["job_id"]))
    assert stored["filters"] == {"min_price": 30000, "year_max": 2026}
    assert stored["qr_files_exist"] == job["vehicle_count"]
    assert loaded.json("vehicles", "jobs", "--limit", "1")[0]["id"] == job["job_id"]
    assert f"Job {job['job_id']}: {BMW}, premium, completed" in loaded.run("vehicles", "status", str(job["job_id"])).out
    assert str(job["job_id"]) in loaded.run("vehicles", "jobs").out

    empty = loaded.run("vehicles", "job", BMW, "--min-price", "9000000")
    assert "is eligible" in empty.out


def test_wrong_names_types_and_filters_are_answered_with_the_nearest_right_one(loaded: Ops) -> None:
    assert f'Did you mean "{BMW}"?' in loaded.run("vehicles", "job", "BMW West Louis", code=2).err
    assert (
        "known are custom, premium, quick, standard"
        in loaded.run("vehicles", "job", BMW, "--type", "deluxe", code=2).err
    )
    assert 'did you mean "min_price"?' in loaded.run("vehicles", "job", BMW, "--filter", "min_prize=1", code=2).err
    assert "there is no job 12345" in loaded.run("vehicles", "status", "12345", code=2).err


def test_validation_names_missing_files_and_making_them_mends_it(loaded: Ops) -> None:
    before = loaded.json("vehicles", "validate-qr", "columbia honda", code=1)
    assert before["qr_files_missing"] == before["total_vehicles"] == len(before["missing_files"]) > 0
    assert "make-qr" in loaded.run("vehicles", "validate-qr", "Columbia Honda", code=1).out
    made = loaded.json("vehicles", "make-qr", "Columbia Honda")
    assert (made["made"], made["failed"]) == (before["total_vehicles"], 0)
    assert loaded.json("vehicles", "make-qr", "Columbia Honda")["made"] == 0
    assert loaded.json("vehicles", "validate-qr", "Columbia Honda")["qr_files_missing"] == 0


def test_the_daily_batch_serves_every_dealership_and_the_overview_shows_it(loaded: Ops) -> None:
    batch = loaded.json("vehicles", "export-all")
    assert batch["ok"] is True
    assert len(batch["jobs"]) == 40
    assert {job["status"] for job in batch["jobs"]} <= {"completed", "empty"}
    exported = [job for job in batch["jobs"] if job["status"] == "completed"]
    assert all(Path(job["export_file"]).is_file() for job in exported)
    assert {file["dealership"] for file in batch["print_files"]["files"]} == {job["dealership"] for job in exported}
    assert batch["print_files"]["missing"] == []

    found = loaded.json("vehicles", "status")
    assert found["summary"]["Active Dealerships"] == "40"
    by_name = {row["dealership_name"]: row for row in found["dealerships"]}
    assert by_name[BMW]["qr_completion_percentage"] == 100
    assert by_name[BMW]["job_vehicles"] == next(j["vehicle_count"] for j in batch["jobs"] if j["dealership"] == BMW)
    shown = loaded.run("vehicles", "status")
    assert BMW in shown.out
    assert "40 jobs" in loaded.run("vehicles", "export-all").out


def test_a_held_feed_is_shown_until_a_person_accepts_it_and_then_its_cars_are_gone(loaded: Ops) -> None:
    held = loaded.json("vehicles", "status")["held"]
    name = held[0]["dealership_name"]
    assert f'ops vehicles accept "{name}"' in loaded.run("vehicles", "status").err
    loaded.run("vehicles", "make-qr", name)
    before = loaded.json("vehicles", "status")
    accepted = loaded.json("vehicles", "accept", name.upper())
    assert accepted["accepted_scans"] >= 1
    assert accepted["gone_vehicles"] > 0
    after = loaded.json("vehicles", "status")
    assert after["held"] == [scan for scan in held if scan["dealership_name"] != name]
    cars = [
        {row["dealership_name"]: row["total_vehicles"] for row in found["dealerships"]}[name]
        for found in (before, after)
    ]
    assert cars[0] - cars[1] == accepted["gone_vehicles"]
    assert "nothing changed" in loaded.run("vehicles", "accept", name).out

    dead = loaded.json("vehicles", "dead-qr")
    assert any(code["dealership_name"] == name for code in dead)
    assert "can come down" in loaded.run("vehicles", "dead-qr").out
    story = loaded.json("vehicles", "events", dead[0]["vin"].lower())
    assert {event["event"] for event in story["events"]} >= {"first_seen", "gone"}
    assert "not eligible: gone" in loaded.run("vehicles", "events", dead[0]["vin"]).out
    assert "no dealership ever listed" in loaded.run("vehicles", "events", "WBA53BJ0XPCM12345", code=1).err


def test_cars_of_two_dealerships_at_once_are_listed(loaded: Ops) -> None:
    found = loaded.json("vehicles", "duplicates")
    assert found
    assert all(len(car["locations"]) > 1 for car in found)
    assert found[0]["vin"] in loaded.run("vehicles", "duplicates").out


def test_an_order_is_held_against_what_was_made(loaded: Ops, tmp_path: Path) -> None:
    job = loaded.json("vehicles", "job", "Columbia BMW")
    order = tmp_path / "order.txt"
    wanted = [car["vin"] for car in job["vehicles"][:3]]
    order.write_text("\n".join(["Please print:", *wanted, "WBA53BJ0XPCM12345"]), encoding="utf-8")
    found = loaded.json("vehicles", "billing", "columbia bmw", "--ordered", str(order))
    assert found["job_id"] == job["job_id"]
    assert found["ordered"] == 4
    assert found["comparison"]["unknown"] == ["WBA53BJ0XPCM12345"]
    assert "Total Ordered,4" in Path(found["path"]).read_text(encoding="utf-8")
    order.write_text("nothing here", encoding="utf-8")
    assert "holds no VIN" in loaded.run("vehicles", "billing", "columbia bmw", "--ordered", str(order), code=1).err


def test_dealerships_leave_as_a_file_and_come_back_changed_whole_or_not_at_all(loaded: Ops, tmp_path: Path) -> None:
    file = tmp_path / "dealerships.yaml"
    loaded.run("vehicles", "dealerships", "export", str(file))
    assert loaded.json("vehicles", "dealerships", "import", str(file), "--dry-run")["changes"] == []

    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    document["dealerships"]["spirit_lexus"]["filtering_rules"]["year_min"] = 2026
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    planned = loaded.json("vehicles", "dealerships", "import", str(file), "--dry-run")
    assert planned["changes"] == [{"kind": "changed", "name": "Spirit Lexus", "detail": "filtering_rules"}]
    assert loaded.json("vehicles", "dealerships", "show", "spirit lexus")["filtering_rules"]["year_min"] == 2020
    done = loaded.json("vehicles", "dealerships", "import", str(file))
    assert done["cars_judged_anew"] > 0
    assert loaded.json("vehicles", "dealerships", "show", "spirit lexus")["filtering_rules"]["year_min"] == 2026
    assert "year_min: 2026" in loaded.run("vehicles", "dealerships", "show", "Spirit Lexus").out
    assert "40 dealerships" in loaded.run("vehicles", "dealerships", "list").out

    document["dealerships"]["spirit_lexus"]["filtering_rules"]["yaer_min"] = 1999
    document["dealerships"]["h_w_kia"] = {"name": "Another One"}
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    assert 'did you mean "year_min"?' in loaded.run("vehicles", "dealerships", "import", str(file), code=2).err
    assert len(loaded.json("vehicles", "dealerships", "list")) == 40


def test_an_alias_says_whose_a_location_is_and_may_not_contradict_a_name(loaded: Ops) -> None:
    added = loaded.run("vehicles", "alias", "add", "Harborlight Motor Exchange", "columbia honda")
    assert "now means Columbia Honda" in added.out
    spelt = {row["alias"]: row["dealership_name"] for row in loaded.json("vehicles", "alias", "list")}
    assert spelt["Harborlight Motor Exchange"] == "Columbia Honda"
    loaded.run("vehicles", "alias", "add", "harborlight motor exchange", "--ignore")
    assert "(no client)" in loaded.run("vehicles", "alias", "list").out
    assert "reads like" in loaded.run("vehicles", "alias", "add", "columbia-bmw", "Columbia Honda", code=2).err
    loaded.run("vehicles", "alias", "add", "Somebody", code=2)


def test_the_overview_can_be_had_as_a_page(loaded: Ops, tmp_path: Path) -> None:
    page = tmp_path / "status.html"
    loaded.run("vehicles", "status", "--html", str(page))
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "lxml")
    overview = loaded.json("vehicles", "status")
    shown = {row.th.text: row.td.text.replace(",", "") for row in soup.find(id="summary").find_all("tr")}
    assert shown == overview["summary"]
    rows = [[cell.text for cell in row.find_all("td")] for row in soup.find(id="dealerships").tbody.find_all("tr")]
    assert [row[:2] for row in rows] == [
        [d["dealership_name"], str(d["total_vehicles"])] for d in overview["dealerships"]
    ]
    assert "Serra Honda of O'Fallon" in [row[0] for row in rows]


def test_rules_that_cannot_be_read_are_named_and_their_dealership_stands_alone(loaded: Ops) -> None:
    import psycopg

    assert loaded.json("vehicles", "rules", "check") == {"ok": True, "problems": []}
    url = loaded.run("database", "url").out.strip()
    change = "UPDATE dealership_configs SET filtering_rules = filtering_rules || %s WHERE name = 'Weber Chevrolet'"
    with psycopg.connect(url) as connection:
        connection.execute(change, (json.dumps({"min_prise": 1}),))
    answer = loaded.run("vehicles", "rules", "check", code=1)
    assert "Weber Chevrolet" in answer.err
    assert "min_price" in answer.err
    assert "39 dealerships" in answer.out
    assert "cannot be read" in loaded.run("vehicles", "dealerships", "show", "weber chevrolet").err
    with psycopg.connect(url) as connection:
        connection.execute(change.replace("|| %s", "- 'min_prise'"))


def test_filters_of_a_job_are_json_or_plain_text_and_given_once() -> None:
    options = {"min_price": 30000.0, "max_price": 1.5e5, "year_min": None}
    assert read_filters(options, ['exclude_makes=["Ford"]', "order_type=cao"]) == {
        "min_price": 30000,
        "max_price": 150000,
        "exclude_makes": ["Ford"],
        "order_type": "cao",
    }
    for pairs in (["min_price=1"], ["=1"], ["nothing"]):
        with pytest.raises(CommandError):
            read_filters(options, pairs)
    with pytest.raises(RulesError):
        read_filters({}, ["nothing=1"])
