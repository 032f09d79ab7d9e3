"""kill -9 in the middle of a backup: what lies under a date is whole, and the next run puts everything right."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from ops_platform.adapters.backup_restore import broken
from ops_platform.adapters.database import Database
from ops_platform.flows.retail.runner import Run, run_automations
from ops_platform.flows.retail.systems import open_systems
from ops_platform.paths import project_root
from ops_platform.retail.registry import by_name
from ops_platform.settings import load_settings
from ops_platform_tests.chaos import FULL, attempts, kills, ready, run_and_kill
from ops_platform_tests.flows.retail.outside import EVENING, OUTSIDE, world
from ops_platform_tests.flows.retail.test_backups_flow import Safe

WORK = f"{__name__}:work"
FILES = 60
DAY = timedelta(days=1)


def work(arguments: Sequence[str]) -> None:
    """What the child does: one run. arguments: database, folder, days since the first evening, NAME=VALUE settings."""
    url, root, days, *given = arguments
    env = dict(pair.split("=", 1) for pair in given)
    db = Database(url)
    db.frame("SELECT 1")
    settings = load_settings(Path(root), {"OPS_HOME": str(Path(root) / "home"), **env})
    with open_systems(settings, url) as systems:
        ready()
        run_automations(db, systems, [by_name("backups")], Run(EVENING + int(days) * DAY, run_id="killed", apply=True))


@pytest.mark.chaos
def test_a_backup_killed_at_any_moment_leaves_whole_copies_and_the_next_run_ends_it(
    database_url: str, tmp_path: Path
) -> None:
    with world(database_url, tmp_path) as made:
        safe = Safe(made.db, made.root)
        safe.begin()
        safe.use(backups__keep_daily=1, backups__keep_monthly=0, backups__database=True, backups__test_restore_days=0)
        for number in range(FILES):
            (safe.photos / f"{number}.jpg").write_bytes(random.Random(number).randbytes(20_000))
        assert safe.back_up().error is None
        seen: Counter[str] = Counter()
        for attempt in attempts(kills(short=2), seen):
            # Every second kill hits a first run of a day, the others one more run of the same day.
            days = 1 + attempt // 2
            (safe.photos / f"{attempt % FILES}.jpg").write_bytes(random.Random(-attempt).randbytes(20_000))
            given = [f"{name}={value}" for name, value in safe.env.items()]
            arguments = [database_url, str(safe.root), str(days), *given]
            seen["at work"] += run_and_kill(WORK, arguments, after=(0.0, 0.6), seed=attempt)
            seen["half made"] += any(path.name.startswith(".") for path in (safe.dst / "photos").iterdir())
            for name in ("photos", "till", "database"):
                copies = safe.store.copies(name)
                assert [each for copy in copies for each in broken(copy)] == [], "what stands under a date is not whole"
                aside = [path for path in (safe.dst / name).iterdir() if path.name.startswith(".old-")]
                assert copies or aside, "the last good copy is gone"
                seen["between two names"] += bool(aside)

            outcome = safe.back_up(EVENING + days * DAY)
            assert (outcome.status, outcome.error) == ("applied", None)
            for name in ("photos", "till", "database"):
                assert safe.days(name) == [(EVENING + days * DAY).date().isoformat()]
                assert broken(safe.store.copy(name)) == []
                assert [path.name for path in (safe.dst / name).iterdir() if path.name.startswith(".")] == []
            saved = {
                path.name: path.read_bytes() for path in (safe.store.copy("photos").folder / "files").glob("*.jpg")
            }
            assert saved == {path.name: path.read_bytes() for path in safe.photos.glob("*.jpg")}
            open_ones = "SELECT 1 FROM retail.change_batches WHERE status NOT IN ('applied', 'failed')"
            assert safe.rows(open_ones) == []
            assert safe.rows("SELECT 1 FROM retail.changes WHERE status = 'planned'") == []
        assert seen["at work"] > 0, "every child had finished before it was killed; the campaign showed nothing"
        assert not FULL or seen["half made"] > 0, f"no child was killed while it copied: {dict(seen)}"


def test_the_tables_that_tests_empty_are_those_of_the_migration() -> None:
    text = (project_root() / "sql" / "migrations" / "0007_outside.sql").read_text(encoding="utf-8")
    made = {line.split()[2] for line in text.splitlines() if line.startswith("CREATE TABLE ")}
    assert {f"retail.{name}" for name in made} == set(OUTSIDE.split(", "))
