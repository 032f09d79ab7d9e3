"""The commands of `ops`: names, options and help. The work is one file a command beside this one.

Each command imports its work when it runs: pandas, Dagster and the drivers cost seconds and `--help` must not.
"""

from __future__ import annotations

from typing import Annotated

import typer

from ops_platform.cli.alerts import group as alerts
from ops_platform.cli.backup import group as backup
from ops_platform.cli.effects import add_controls
from ops_platform.cli.effects import group as effects
from ops_platform.cli.mail import group as mail
from ops_platform.cli.output import Json, line
from ops_platform.cli.restaurant import group as restaurant
from ops_platform.cli.retail import group as retail
from ops_platform.cli.texts import group as texts
from ops_platform.cli.vehicles import group as vehicles

app = typer.Typer(
    name="ops",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,  # errors.py tells them
    help="The daily operations platform: database, Dagster, and the businesses on it.",
    epilog="Begin with: ops demo. Then: ops doctor, ops up, ops vehicles import FILE.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
database = typer.Typer(
    name="database", no_args_is_help=True, rich_markup_mode="rich", help="The embedded PostgreSQL, by itself."
)
app.add_typer(database)
app.add_typer(vehicles)
app.add_typer(restaurant)
app.add_typer(retail)
app.add_typer(texts)
app.add_typer(mail)
app.add_typer(alerts)
app.add_typer(backup)
app.add_typer(effects)
add_controls(app)

Port = Annotated[
    int | None,
    typer.Option(min=1, max=65535, help="Port of the UI, instead of the setting ui.port.", show_default=False),
]


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        line(f"ops_platform {version('ops-platform')}")
        raise typer.Exit


@app.callback()
def _common(
    _wanted: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """The daily operations platform: database, Dagster, and the businesses on it."""


@app.command("demo", epilog="Example: ops demo --no-ui")
def demo(
    no_ui: Annotated[
        bool, typer.Option("--no-ui", help="End after the run; exit code 0 only if everything passed.")
    ] = False,
    cars: Annotated[
        int | None, typer.Option(min=100, max=100_000, help="Cars a day; 10,000 at first.", show_default=False)
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(min=1, max=30, help="Days of scrapes, the last one today; 3 at first.", show_default=False),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Throw an earlier demo away and begin anew.")] = False,
    port: Port = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on standard output instead; implies --no-ui.")
    ] = False,
) -> None:
    """Load invented data, run the daily job, show the result and the UI.

    A sandbox: it writes to the embedded database and to folders in .ops only, never to a server or a folder of
    yours, and refuses where real scrapes are loaded already.
    """
    from ops_platform.cli import demo

    raise typer.Exit(demo.run(cars=cars, days=days, fresh=fresh, serve=not no_ui, port=port, as_json=as_json))


@app.command("up", epilog="Example: ops up --port 3001")
def up(
    port: Port = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the UI in a browser.")] = False,
) -> None:
    """Start the platform with your settings: database, UI, schedules and sensors; Ctrl-C ends it."""
    from ops_platform.cli import up

    raise typer.Exit(up.run(port=port, browser=not no_browser))


@app.command("sandbox", epilog="Example: ops sandbox --port 4000")
def sandbox(
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port, instead of the setting sandbox.port.", show_default=False),
    ] = None,
) -> None:
    """Start stand-ins for the outside systems on this machine, with invented data, a log of requests, and faults.

    Its page shows what each service has and what was asked of it, and how faults are switched on. Ctrl-C ends it.
    """
    from ops_platform.cli import sandbox

    raise typer.Exit(sandbox.run(port=port))


@app.command("doctor", epilog="Example: ops doctor --json")
def doctor(as_json: Json = False) -> None:
    """Look at everything the platform needs: is it there, which version, and what to do if not.

    An embedded database that does not run is started to see whether it can. The exit code is 1 when something required
    is missing.
    """
    from ops_platform.cli import doctor

    raise typer.Exit(doctor.run(as_json=as_json))


@app.command("log", epilog="Example: ops log --date 2026-05-14")
def log(
    date: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Another day than today.", show_default=False)
    ] = None,
    business: Annotated[str, typer.Option(help="retail, vehicles, restaurant or platform.")] = "retail",
    as_json: Json = False,
) -> None:
    """Print the daily log: each process with its start, total time and errors, and the number of errors at the end.

    Its file (automations_MM_DD_YY.txt, see daily_log.folder) is brought up to date as well.
    """
    from ops_platform.cli import daily_log

    daily_log.show(day=date, business=business, as_json=as_json)


@app.command("watchdog", epilog="Example: ops watchdog --once")
def watchdog(
    once: Annotated[bool, typer.Option("--once", help="Look once and end, for cron or the Task Scheduler.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --once: print one JSON document.")] = False,
) -> None:
    """Look whether something is wrong and tell people; `ops up` does so by itself, except when it is down.

    Run by another scheduler with --once it notices that, too. It never starts a database. Without --once it goes on
    until Ctrl-C.
    """
    if once:
        from ops_platform.cli import alerts_work

        alerts_work.watch_once(as_json=as_json)
        return
    from ops_platform.cli import watchdog

    watchdog.main([])


@app.command("intake", epilog="Example: ops intake --port 3010")
def intake(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Instead of the setting intake.port.", show_default=False)
    ] = None,
) -> None:
    """Serve the forms of the shop's web page until Ctrl-C: design request, sold out item, newsletter.

    `ops up` serves them too, where intake.enabled is set.
    """
    from ops_platform.cli import intake

    raise typer.Exit(intake.run(port=port))


@app.command("migrate", epilog="Example: ops migrate")
def migrate(
    to: Annotated[
        str | None,
        typer.Option(help="A migration, as in 0001; only the newest is accepted.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Bring the database up to date and add shipped dealerships that are missing; a second time changes nothing."""
    from ops_platform.cli import migrate

    migrate.run(to=to, as_json=as_json)


@database.command("start", epilog="Example: ops database start")
def database_start(as_json: Json = False) -> None:
    """Start the embedded database and keep it running in the background until `ops database stop`."""
    from ops_platform.cli import database

    database.start(as_json=as_json)


@database.command("stop", epilog="Example: ops database stop")
def database_stop(as_json: Json = False) -> None:
    """End what `ops database start` began; a database that `ops up` uses goes on."""
    from ops_platform.cli import database

    database.stop(as_json=as_json)


@database.command("url", epilog='Example: psql "$(ops database url)"')
def database_url(as_json: Json = False) -> None:
    """Print the URL of the running database, with its password; exit code 1 when it does not run."""
    from ops_platform.cli import database

    database.url(as_json=as_json)
