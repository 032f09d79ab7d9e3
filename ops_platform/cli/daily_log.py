"""`ops log`: the daily log of a business, as it stands now."""

from __future__ import annotations

from datetime import UTC, date, datetime

from ops_platform.adapters.database import Database
from ops_platform.cli.errors import USAGE, CommandError
from ops_platform.cli.output import console, print_json, warn
from ops_platform.cli.platform_reading import find_urls
from ops_platform.flows.operations import daily_log
from ops_platform.settings import Settings, load_settings


def show(*, day: str | None, business: str, as_json: bool) -> None:
    """Print the log of a day (today there, if none is given), and write its file."""
    settings = load_settings()
    if business not in daily_log.TITLES:
        raise CommandError(f"there is no business {business!r}; there are {', '.join(daily_log.TITLES)}", code=USAGE)
    wanted = _day(day, datetime.now(UTC).astimezone(daily_log.zone_of(settings, business)).date())
    found = _made(settings, business, wanted)
    if found is None:
        _show_file(settings, business, wanted, as_json=as_json)
        return
    daily_log.write(found)
    if as_json:
        counts = found.totals
        document = {"business": business, "day": wanted, "file": str(found.file), "processes": counts.processes}
        print_json({**document, "seconds": round(counts.seconds, 1), "errors": counts.errors, "text": found.text})
        return
    console.print(found.text, markup=False, soft_wrap=True, end="")


def _made(settings: Settings, business: str, day: date) -> daily_log.DayLog | None:
    """The log out of the records; None while the database is away."""
    urls, _ = find_urls(settings)
    if urls is None:
        return None
    from ops_platform.cli.watching import dagster_instance
    from ops_platform.dagster_instance.daily_logs import make_daily_log

    db = Database(urls.ops, application_name="ops log", pool_size=1)
    try:
        with dagster_instance(settings, urls) as instance:
            return make_daily_log(db, instance, settings, business, day)
    finally:
        db.close()


def _show_file(settings: Settings, business: str, day: date, *, as_json: bool) -> None:
    file = daily_log.day_log(business, day, settings, []).file
    if not file.is_file():
        raise CommandError(f"the database does not run, and there is no {file}; `ops up` starts it")
    text = file.read_text(encoding="utf-8")
    if as_json:
        print_json({"business": business, "day": day, "file": str(file), "text": text})
        return
    warn(f"the database does not run; this is {file} as it was last written")
    console.print(text, markup=False, soft_wrap=True, end="")


def _day(text: str | None, today: date) -> date:
    if text is None:
        return today
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text!r} is no day; write it as {today.isoformat()}", code=USAGE) from None
