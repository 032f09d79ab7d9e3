"""`ops migrate`: bring the database up to date, and say why going back is refused."""

from __future__ import annotations

from collections.abc import Sequence

from ops_platform.adapters.migrations import MigrationError, refuse_downgrade
from ops_platform.cli.errors import FAILED, USAGE, CommandError
from ops_platform.cli.output import line, print_json
from ops_platform.cli.session import open_session
from ops_platform.paths import migrations_dir


def run(*, to: str | None, as_json: bool) -> None:
    """Apply what is missing. `to`: refused unless it is the newest migration."""
    if to is not None:
        refuse_older(to, [file.stem for file in sorted(migrations_dir().glob("[0-9]*.sql"))])
    with open_session() as platform:
        report, shipped = platform.session.migration, platform.session.shipped
    assert report is not None and shipped is not None
    if as_json:
        print_json(
            {
                "from": report.from_revision,
                "to": report.to_revision,
                "applied": report.applied,
                "dealerships_added": shipped.dealerships,
                "aliases_added": shipped.aliases,
                "seconds": round(report.seconds, 3),
            }
        )
        return
    for name in report.applied:
        line(f"  applied {name}")
    done = "was up to date" if not report.applied else f"is up to date after {report.seconds:.1f} s"
    line(f"The database {done} (migration {report.to_revision}).")
    if shipped.dealerships or shipped.aliases:
        line(f"{shipped.dealerships:,} dealerships and {shipped.aliases:,} aliases were added.")


def refuse_older(to: str, names: Sequence[str]) -> None:
    """Raise CommandError unless `to` (0001 or 0001_vehicles) is the newest of `names`, oldest first."""
    found = next((name for name in names if to in (name, name.partition("_")[0])), None)
    if found is None:
        raise CommandError(f"there is no migration {to}; this checkout has {', '.join(names)}", code=USAGE)
    if found == names[-1]:
        return
    try:
        refuse_downgrade()
    except MigrationError as error:
        raise CommandError(
            f"{found} is older than {names[-1]}, the newest of this checkout, and {error}", code=FAILED
        ) from None
