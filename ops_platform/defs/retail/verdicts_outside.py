"""What figures of the world around the store mean: connection, competitors' lists, copies. Pure: no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ops_platform.defs.metadata import listing
from ops_platform.defs.verdict import MAX_NAMES, Row, Verdict


def connected(newest: Sequence[Mapping[str, Any]]) -> Verdict:
    """A verdict on the newest internet checks, the newest first: is_connected, checked_at, hosts."""
    if not newest:
        return Verdict(True, "It was never asked; nothing is known yet.")
    hosts = newest[0]["hosts"]
    figures = {"reached": sum(host["is_reached"] for host in hosts), "asked": len(hosts)}
    if newest[0]["is_connected"]:
        return Verdict(True, f"{figures['reached']} of {len(hosts)} hosts answer.", hosts, figures)
    failed = next((place for place, check in enumerate(newest) if check["is_connected"]), len(newest))
    since = newest[failed - 1]["checked_at"]
    return Verdict(
        False,
        f"There is no internet connection: all {len(hosts)} hosts are silent, at {failed:,} checks in a row, since "
        f"{since:%Y-%m-%d %H:%M %Z}. Mails, texts and the web shop wait. See to the router and the provider.",
        hosts,
        figures,
        is_error=True,
    )


def sites_read(newest: Sequence[Row]) -> Verdict:
    """A verdict on the newest visit of each competitor: site, status, detail, rows, scraped_at."""
    failed = [row for row in newest if row["status"] == "failed"]
    figures = {"sites": len(newest), "failed": len(failed)}
    if not failed:
        return Verdict(True, f"All {len(newest):,} sites were read.", newest, figures)
    said = "; ".join(f"{row['site']}: {row['detail']}" for row in failed[:MAX_NAMES])
    return Verdict(
        False,
        f"{len(failed):,} of {len(newest):,} sites could not be read. {said}. Their latest lists stay as they are; "
        "`ops retail apply competitor_prices` tries again.",
        failed,
        figures,
        is_error=True,
    )


def lists_held(newest: Sequence[Row]) -> Verdict:
    """A verdict on lists that have too few rows. newest: site, status, rows, rows_in_force, in_force_of, detail."""
    held = [row for row in newest if row["status"] == "held"]
    figures = {f"rows of {row['site']}": int(row["rows"]) for row in newest}
    if not held:
        return Verdict(True, "No list has lost more rows than the settings allow.", newest, figures)
    said = "; ".join(f"{row['site']}: {row['detail']}" for row in held)
    return Verdict(
        False,
        f"{said}. Look at the site; if its list is right: `ops retail accept-scrape {held[0]['site']}`.",
        held,
        figures,
    )


def copies_fresh(
    copies: Mapping[str, datetime | None], tries: Sequence[Row], now: datetime, *, hours: float
) -> Verdict:
    """A verdict on the age of backups. copies: target -> when its newest good copy was made, or never.

    tries: what became of the newest try of each: name, status, detail.
    """
    ages = {name: max((now - when).total_seconds() / 3600, 0.0) for name, when in copies.items() if when is not None}
    late = sorted(name for name in copies if ages.get(name, hours + 1) > hours)
    figures = {"targets": len(copies), "late": len(late)} | {
        f"hours of {name}": round(age, 2) for name, age in ages.items()
    }
    if not late:
        oldest = max(ages.values(), default=0.0)
        return Verdict(
            True, f"Every target has a good copy of the last {hours:g} h (the oldest: {oldest:.1f} h).", tries, figures
        )
    never = [name for name in late if copies[name] is None]
    named = listing(late, MAX_NAMES)
    said = f"{len(late):,} of {len(copies):,} targets have no good copy of the last {hours:g} h: {named}"
    said += f" (never: {listing(never, MAX_NAMES)})" if never else ""
    reason = next((row["detail"] for row in tries if row["name"] in late and row["detail"]), "")
    reason = f"{reason[:1].upper()}{reason[1:]}. " if reason else ""
    return Verdict(
        False,
        f"{said}. {reason}`ops backup run` tries it now.",
        tries,
        figures,
        is_error=True,
    )


def copies_whole(broken: Mapping[str, Sequence[str]], read: int) -> Verdict:
    """A verdict on the newest copies, read back. broken: copy -> what is not as it was saved. read: files."""
    figures = {"copies": len(broken), "files read": read, "broken": sum(map(len, broken.values()))}
    bad = {name: told for name, told in broken.items() if told}
    if not bad:
        return Verdict(
            True, f"The newest copies are as they were saved: {read:,} files were read back.", figures=figures
        )
    rows = [{"copy": name, "what": each} for name, told in bad.items() for each in told]
    first = rows[0]
    return Verdict(
        False,
        f"{listing(sorted(bad), MAX_NAMES)} cannot be restored wholly: {first['what']}. Is the off-site disk sound? "
        "`ops backup run` makes a new copy.",
        rows[:100],
        figures,
        is_error=True,
    )


def restore_tried(newest: Row | None, now: datetime, *, days: int) -> Verdict:
    """A verdict on the last trial restore of the database. newest: restored_at, restore_error."""
    if not days:
        return Verdict(True, "Restoring is not tried: retail.backups.test_restore_days is 0.")
    if newest is None or (newest["restored_at"] is None and not newest["restore_error"]):
        return Verdict(False, "The database's copy was never restored to try it; the next backup does so.")
    if newest["restore_error"]:
        return Verdict(
            False,
            f"The database's copy could not be restored to try it: {newest['restore_error']}.",
            [newest],
            is_error=True,
        )
    age = max((now - newest["restored_at"]).total_seconds() / 86400, 0.0)
    said = f"The database's copy was restored and compared {age:.1f} days ago"
    if age <= 2 * days:
        return Verdict(True, f"{said}: every table held the same.", [newest], {"days": round(age, 2)})
    return Verdict(False, f"{said}, and is to be tried every {days} days. See the last run of backups.", [newest])


def off_site(dst: str, *, is_own: bool, same_disk: bool) -> Verdict:
    """A verdict on where copies lie. is_own: no folder is set."""
    if is_own:
        return Verdict(
            False,
            f"Copies lie in {dst}, on the platform's own disk, and are lost with it. Set retail.backups.dst to a "
            "folder elsewhere.",
        )
    if same_disk:
        return Verdict(False, f"{dst} is on the same disk as the platform. Choose another machine, or another disk.")
    return Verdict(True, f"Copies lie in {dst}, which is another disk than the platform's.")
