"""The checks of the world around the store: connection, competitors' lists, backups. verdicts_outside.py answers."""

from __future__ import annotations

from typing import Any

from ops_platform.defs.retail import keys
from ops_platform.defs.retail import verdicts_outside as verdicts
from ops_platform.defs.retail.check_parts import Asked, Questions
from ops_platform.defs.verdict import Verdict

_LOOKED_BACK = 24
_INTERNET, _PRICES, _BACKUPS = map(keys.of_snapshot, ("internet", "competitor_prices", "backups"))


def add_to(questions: Questions) -> None:
    """Ask these questions, too."""
    questions.about(_INTERNET)(internet_is_reachable)
    questions.about(_PRICES)(sites_were_read)
    questions.about(_PRICES)(lists_did_not_shrink)
    questions.about(_BACKUPS)(backups_are_fresh)
    questions.about(_BACKUPS, kind="file")(backups_can_be_read)
    questions.about(_BACKUPS)(backup_was_restored)
    questions.about(_BACKUPS, kind="file")(backups_lie_off_site)


def internet_is_reachable(asked: Asked) -> Verdict:
    """One host of the internet answers at least. Without a connection nothing leaves the house, not even an alert."""
    sandbox = asked.systems.is_sandbox("machine")
    return verdicts.connected(asked.records("connectivity_checks", at_most=_LOOKED_BACK, is_sandbox=sandbox))


def sites_were_read(asked: Asked) -> Verdict:
    """Every competitor's site was read. A refused login or a changed page leaves yesterday's prices as the latest."""
    return verdicts.sites_read(_scrapes(asked))


def lists_did_not_shrink(asked: Asked) -> Verdict:
    """No competitor's list has lost more rows than scraping.min_share_of_last allows. That is how half a page looks."""
    return verdicts.lists_held(_scrapes(asked))


def _scrapes(asked: Asked) -> list[Any]:
    rules = asked.store.scraping
    found = asked.records("newest_scrapes", is_sandbox=rules.mode == "sandbox")
    return [row for row in found if rules.mode == "sandbox" or row["site"] in rules.sites]


def backups_are_fresh(asked: Asked) -> Verdict:
    """Every target of backups has a good copy that is not older than backups.max_age_hours. What is younger is lost."""
    rules = asked.store.backups
    tries = [row for row in asked.records("newest_backup_copies") if row["name"] in _targets(asked)]
    good: dict[str, Any] = dict.fromkeys(_targets(asked))
    good |= {row["name"]: row["good_at"] for row in tries}
    shown = [{name: row[name] for name in ("name", "status", "detail", "files", "bytes", "good_at")} for row in tries]
    return verdicts.copies_fresh(good, shown, asked.now, hours=rules.max_age_hours)


def backups_can_be_read(asked: Asked) -> Verdict:
    """The newest good copy of each target holds what was saved: every file is read and compared with its manifest."""
    from ops_platform.adapters.backup_restore import broken
    from ops_platform.adapters.backup_store import BackupStoreError
    from ops_platform.flows.retail.backups import store_of

    store = store_of(asked.systems.settings)
    told: dict[str, list[str]] = {}
    read = 0
    for name in _targets(asked):
        try:
            copy = store.copy(name)
        except BackupStoreError as error:
            told[name] = [str(error)]
            continue
        told[f"{name} of {copy.day}"] = broken(copy)
        read += len(copy.manifest.files) if copy.manifest else 0
    return verdicts.copies_whole(told, read)


def backup_was_restored(asked: Asked) -> Verdict:
    """The copy of the database was restored into an empty one and compared. One that was never tried may not work."""
    rules = asked.store.backups
    if not rules.database:
        return Verdict(True, "The database is not backed up here: retail.backups.database is off.")
    found = [row for row in asked.records("newest_backup_copies") if row["name"] == "database"]
    tried = {name: found[0][name] for name in ("restored_at", "restore_error")} if found else None
    return verdicts.restore_tried(tried, asked.now, days=rules.test_restore_days)


def backups_lie_off_site(asked: Asked) -> Verdict:
    """Copies lie on another disk than the platform. Fire, theft and a broken disk take both else."""
    from ops_platform.flows.retail.backups import store_of

    settings = asked.systems.settings
    store = store_of(settings)
    own = settings.retail.backups.dst is None
    same = not own and store.dst.exists() and store.dst.stat().st_dev == settings.home.stat().st_dev
    return verdicts.off_site(str(store.dst), is_own=own, same_disk=same)


def _targets(asked: Asked) -> list[str]:
    rules = asked.store.backups
    return [*rules.targets, *(["database"] if rules.database else [])]
