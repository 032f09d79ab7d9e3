"""Backups as the schedule runs them: copies, the record, retention, what fails, and the database out and back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ops_platform.adapters.backup_restore import DUMP, FILES, broken, restore_files
from ops_platform.adapters.backup_store import BackupStore
from ops_platform.adapters.postgres.digests import digests
from ops_platform.adapters.postgres.dump import restore_database
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.flows.retail.backups import TRIED_IN
from ops_platform.flows.retail.decisions import DecisionError, undo
from ops_platform.flows.retail.runner import Outcome, Run
from ops_platform_tests.flows.retail.outside import EVENING, ZONE, World, world

DAY = timedelta(days=1)


class Safe(World):
    """A platform with two folders to back up, and an off-site folder."""

    @property
    def photos(self) -> Path:
        return self.root / "photos"

    @property
    def dst(self) -> Path:
        return self.root / "offsite"

    @property
    def store(self) -> BackupStore:
        return BackupStore(self.dst)

    def begin(self) -> None:
        for name in ("a.jpg", "sub/b.jpg"):
            path = self.photos / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
        (self.root / "till.db").write_text("till")
        targets = {"photos": {"src": str(self.photos)}, "till": {"src": str(self.root / "till.db")}}
        self.use(backups__dst=str(self.dst), backups__targets=targets, backups__min_free_mb=0, backups__database=False)

    def back_up(self, as_of: datetime = EVENING, **values: Any) -> Outcome:
        return self.run("backups", as_of=as_of, **values)

    def days(self, name: str = "photos") -> list[str]:
        return [copy.day.isoformat() for copy in self.store.copies(name)]

    def recorded(self) -> list[tuple[str, str, str | None]]:
        query = "SELECT name, status, detail FROM retail.backup_copies ORDER BY copy_id"
        return [(row["name"], row["status"], row["detail"]) for row in self.rows(query)]


@pytest.fixture
def safe(database_url: str, tmp_path: Path) -> Iterator[Safe]:
    with world(database_url, tmp_path) as made:
        found = Safe(made.db, made.root)
        found.begin()
        yield found


def told(outcome: Outcome) -> dict[str, tuple[str, str]]:
    return {row["key"]: (row["status"], row["detail"]) for row in outcome.results.to_dict("records")}


def test_every_target_is_copied_and_written_down(safe: Safe) -> None:
    outcome = safe.back_up()
    assert (outcome.status, outcome.error) == ("applied", None)
    assert told(outcome) == {
        "photos": ("applied", "2 files, 0 taken over, 0.0 MB"),
        "till": ("applied", "1 files, 0 taken over, 0.0 MB"),
    }
    assert safe.recorded() == [("photos", "ok", None), ("till", "ok", None)]
    kept = safe.rows(
        "SELECT copied_on, as_of, files, bytes, verified_at FROM retail.backup_copies WHERE name = 'photos'"
    )
    assert (kept[0]["copied_on"], kept[0]["as_of"], kept[0]["files"], kept[0]["bytes"]) == (
        EVENING.date(),
        EVENING,
        2,
        14,
    )
    assert kept[0]["verified_at"] is not None


def test_two_runs_on_one_day_and_one_on_the_next_leave_one_folder_with_a_retention_of_one(safe: Safe) -> None:
    safe.use(backups__keep_daily=1)
    safe.back_up()
    (safe.photos / "a.jpg").write_text("changed")
    assert told(safe.back_up(EVENING + timedelta(minutes=10)))["photos"] == ("applied", "2 files, 1 taken over, 0.0 MB")
    outcome = safe.back_up(EVENING + DAY)
    assert told(outcome)["photos/2026-05-14"] == ("applied", "")
    assert safe.days() == ["2026-05-15"]
    assert (safe.dst / "photos/2026-05-15/files/a.jpg").read_text() == "changed"


def test_a_second_run_of_a_day_without_changes_says_so(safe: Safe) -> None:
    safe.back_up()
    outcome = safe.back_up(EVENING + timedelta(minutes=10))
    assert told(outcome)["till"] == ("applied", "1 files, the same as the copy of today, 0.0 MB")
    assert [status for _, status, _ in safe.recorded()] == ["ok", "ok", "unchanged", "unchanged"]


def test_an_error_of_one_target_does_not_stop_the_others(safe: Safe) -> None:
    (safe.root / "till.db").unlink()
    outcome = safe.back_up()
    assert outcome.status == "applied"
    assert told(outcome)["till"] == ("failed", f"the source {safe.root / 'till.db'} is missing")
    assert told(outcome)["photos"][0] == "applied"
    assert safe.recorded()[1][:2] == ("till", "failed")


def test_nothing_older_goes_where_tonights_copy_is_not_good(safe: Safe) -> None:
    safe.use(backups__keep_daily=1)
    safe.back_up()
    shutil.rmtree(safe.photos)
    outcome = safe.back_up(EVENING + DAY)
    assert told(outcome)["photos/2026-05-14"] == ("failed", "tonight's copy is not good, so nothing older is removed")
    assert safe.days() == ["2026-05-14"]
    assert told(outcome)["till/2026-05-14"][0] == "applied"


def test_the_same_run_once_more_ends_what_the_first_one_left(safe: Safe) -> None:
    safe.back_up()
    safe.back_up(EVENING + DAY)
    safe.use(backups__keep_daily=1)
    (safe.dst / "photos/2026-05-15/files/a.jpg").write_text("broke since")
    outcome = safe.back_up(EVENING + DAY)
    assert told(outcome)["photos"] == ("applied", "2 files, 1 taken over, 0.0 MB")
    assert told(outcome)["till"] == ("applied", "1 files, the same as the copy of today, 0.0 MB")
    assert (safe.days(), broken(safe.store.copy("photos"))) == (["2026-05-15"], [])


def test_a_folder_of_somebody_else_beside_the_copies_is_neither_counted_nor_removed(safe: Safe) -> None:
    safe.back_up()
    (safe.dst / "photos/2026-01-01").mkdir()
    (safe.dst / "photos/2026-01-01/mine").write_text("")
    safe.use(backups__keep_daily=1)
    outcome = safe.back_up(EVENING + DAY)
    assert outcome.plan.notes["code"].tolist() == ["backup_unreadable"]
    assert sorted(told(outcome)) == ["photos", "photos/2026-05-14", "till", "till/2026-05-14"]
    assert (safe.dst / "photos/2026-01-01/mine").exists()


def test_an_off_site_folder_that_is_away_is_one_error_and_nothing_is_written_in_its_place(safe: Safe) -> None:
    safe.back_up()
    safe.dst.rename(safe.root / "unplugged")
    safe.dst.mkdir()  # the empty mount point
    outcome = safe.back_up(EVENING + DAY)
    assert outcome.status == "failed"
    assert "the off-site folder is away" in str(outcome.error)
    assert list(safe.dst.iterdir()) == []
    safe.dst.rmdir()
    (safe.root / "unplugged").rename(safe.dst)
    assert safe.back_up(EVENING + DAY).status == "applied"


def test_a_dry_run_shows_the_plan_and_writes_nothing(safe: Safe) -> None:
    outcome = safe.back_up(apply=False)
    assert outcome.plan.changes[["key", "reason"]].to_numpy().tolist() == [
        ["photos", "the first copy"], ["till", "the first copy"],
    ]  # fmt: skip
    assert not safe.dst.exists()
    assert safe.recorded() == []


def test_a_folder_of_ones_own_choice_needs_no_further_permission(safe: Safe) -> None:
    safe.use(counterpoint__mode="live", apply=[])
    safe.env["OPS_COUNTERPOINT_DATABASE_URL"] = "mssql+pymssql://ops:x@127.0.0.1:1/POS"  # and no till need answer
    assert safe.back_up().status == "applied"


def test_a_wrong_column_of_the_point_of_sale_keeps_no_backup_from_being_made(safe: Safe) -> None:
    safe.use(counterpoint__columns={"no such meaning": "X"})
    assert safe.back_up().status == "applied"


def test_without_an_off_site_folder_copies_lie_in_the_home_and_it_is_told(safe: Safe) -> None:
    safe.env.pop("OPS_RETAIL__BACKUPS__DST")
    outcome = safe.back_up()
    assert "nothing_off_site" in outcome.plan.notes["code"].tolist()
    assert (safe.settings.home / "backups" / "photos" / "2026-05-14").is_dir()


def test_what_the_platform_writes_is_backed_up_as_delivered_and_its_databases_files_are_not(safe: Safe) -> None:
    safe.env.pop("OPS_RETAIL__BACKUPS__TARGETS")
    home = safe.settings.home
    for name in (
        "retail/exports/a.csv",
        "vehicles/exports/b.csv",
        "postgres/data/PG",
        "vehicles/qr_codes/q.png",
        "x.tmp",
    ):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("x")
    safe.back_up()
    manifest = safe.store.copy("platform").manifest
    assert manifest is not None
    assert [file.path for file in manifest.files] == ["retail/exports/a.csv", "vehicles/exports/b.csv"]


def test_a_backup_cannot_be_taken_back(safe: Safe) -> None:
    outcome = safe.back_up()
    assert outcome.batch_id is not None
    with safe.systems() as systems, pytest.raises(DecisionError, match="nothing that can be put back"):
        undo(safe.db, systems, outcome.batch_id, who="ann", run=Run(EVENING))


@pytest.mark.parametrize(
    ("first", "second", "days"),
    [
        (datetime(2026, 3, 8, 1, 30, tzinfo=ZONE), datetime(2026, 3, 8, 3, 30, tzinfo=ZONE), ["2026-03-08"]),
        (datetime(2026, 11, 1, 1, 30, tzinfo=ZONE), datetime(2026, 11, 1, 1, 30, tzinfo=ZONE, fold=1), ["2026-11-01"]),
        (
            datetime(2026, 12, 31, 22, 30, tzinfo=ZONE),
            datetime(2027, 1, 1, 0, 5, tzinfo=ZONE),
            ["2026-12-31", "2027-01-01"],
        ),
        (datetime(2028, 2, 29, 22, 30, tzinfo=ZONE), datetime(2028, 2, 29, 22, 40, tzinfo=ZONE), ["2028-02-29"]),
        (datetime(2099, 1, 1, 22, 30, tzinfo=ZONE), EVENING, ["2026-05-14", "2099-01-01"]),  # the clock was wrong once
    ],
)
def test_whatever_the_clock_does_a_day_has_one_copy(
    safe: Safe, first: datetime, second: datetime, days: list[str]
) -> None:
    safe.use(backups__keep_daily=1 if len(days) == 1 else 14)
    safe.back_up(first)
    (safe.photos / "new.jpg").write_text("new")
    assert safe.back_up(second).error is None
    assert safe.days() == days
    newest = next(copy for copy in safe.store.copies("photos") if copy.day == second.date())
    assert (broken(newest), newest.is_complete) == ([], True)


# -- the database


def held(url: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        return [each for each in digests(connection) if each.digest]


@pytest.fixture
def whole(safe: Safe, pg_server: EmbeddedPostgres) -> Safe:
    """With the database, on a server whose owner we are."""
    safe.env["OPS_HOME"] = str(pg_server.home)
    safe.use(backups__database=True, backups__targets={})
    return safe


def test_the_database_goes_out_and_comes_back_the_same(
    whole: Safe, database_url: str, pg_server: EmbeddedPostgres
) -> None:
    whole.use(backups__test_restore_days=0)
    whole.db.execute(
        "INSERT INTO retail.scrapes (site, engine, scraped_at, scraped_on, status, is_sandbox) "
        "SELECT 'site' || n, 'http', now(), current_date, 'accepted', true FROM generate_series(1, 50) n"
    )
    outcome = whole.back_up()
    assert outcome.status == "applied"
    assert told(outcome)["database"][0] == "applied"
    copy = whole.store.copy("database")
    assert copy.manifest is not None
    assert "***" in copy.manifest.source
    saved = [each for each in copy.manifest.tables if each.digest]
    assert {each.table: each.rows for each in saved}["retail.scrapes"] == 50
    url = pg_server.create_database("came_back")
    try:
        restore_database(copy.folder / FILES / DUMP, url, copy.manifest.tables)
        assert held(url) == saved
    finally:
        pg_server.drop_database("came_back")
    password = psycopg.conninfo.conninfo_to_dict(database_url)["password"]
    assert str(password) not in (copy.folder / "manifest.json").read_text()
    assert str(password) not in json.dumps(whole.rows("SELECT * FROM retail.backup_copies"), default=str)


def test_the_copy_of_the_database_is_restored_to_try_it_once_a_week(whole: Safe, pg_server: EmbeddedPostgres) -> None:
    def tried() -> list[bool]:
        found = whole.rows("SELECT restored_at, restore_error FROM retail.backup_copies ORDER BY copy_id")
        assert [row["restore_error"] for row in found] == [None] * len(found)
        return [row["restored_at"] is not None for row in found]

    whole.back_up()
    whole.back_up(EVENING + DAY)
    assert tried() == [True, False]
    whole.back_up(EVENING + 7 * DAY)
    assert tried() == [True, False, True]
    with psycopg.connect(pg_server.url("ops")) as connection:
        names = connection.execute("SELECT datname FROM pg_database WHERE datname = %s", (TRIED_IN,)).fetchall()
    assert names == []


def test_a_url_that_is_that_of_the_embedded_server_is_known_as_such(whole: Safe, database_url: str) -> None:
    whole.env["OPS_DATABASE_URL"] = database_url  # as the services give it to Dagster's processes
    whole.back_up()
    assert whole.rows("SELECT restore_error FROM retail.backup_copies") == [{"restore_error": None}]


def test_where_no_database_may_be_made_the_trial_says_so_and_the_copy_counts(safe: Safe, database_url: str) -> None:
    safe.env["OPS_DATABASE_URL"] = database_url
    safe.use(backups__database=True, backups__targets={})
    assert safe.back_up().status == "applied"
    tried = safe.rows("SELECT status, restored_at, restore_error FROM retail.backup_copies")[0]
    assert (tried["status"], tried["restored_at"]) == ("ok", None)
    assert "ALTER ROLE ops CREATEDB" in tried["restore_error"]


def test_a_restored_folder_is_the_folder_that_was_saved(safe: Safe) -> None:
    safe.back_up()
    shutil.copytree(safe.photos, safe.root / "kept")
    shutil.rmtree(safe.photos)
    restore_files(safe.store.copy("photos", date(2026, 5, 14)), safe.photos)
    for path in (safe.root / "kept").rglob("*.jpg"):
        assert (safe.photos / path.relative_to(safe.root / "kept")).read_bytes() == path.read_bytes()
