"""`ops backup ...`: names, options and help of the commands; the work is in backup_work.py beside this file.

Each command imports its work when it runs. All but `run` and `restore-database` need no database: they have to work on
the day it is lost.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ops_platform.cli.output import Json

group = typer.Typer(
    name="backup",
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Off-site copies of folders, files and the platform's database: make, look through, prove, restore.",
    epilog="Begin with: ops backup run. Then: ops backup list, ops backup verify.",
)

Day = Annotated[
    datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], help="The day of the copy; the newest good one.", show_default=False),
]
Name = Annotated[str, typer.Argument(help="As ops backup list shows it.", metavar="NAME")]
AnyName = Annotated[
    str | None, typer.Argument(help="As ops backup list shows it; all.", metavar="NAME", show_default=False)
]


@group.command("run", epilog="Example: ops backup run")
def run(as_json: Json = False) -> None:
    """Copy everything now; of an earlier copy of today only what differs. The schedule does so every evening."""
    from ops_platform.cli import retail_work

    retail_work.run(["backups"], every=False, apply=True, as_json=as_json)


@group.command("list", epilog="Example: ops backup list database")
def list_copies(name: AnyName = None, as_json: Json = False) -> None:
    """List the copies in the off-site folder: day, whether it is complete, files, size."""
    from ops_platform.cli import backup_work

    backup_work.list_copies(name, as_json=as_json)


@group.command("verify", epilog="Example: ops backup verify --all")
def verify(
    name: AnyName = None,
    day: Day = None,
    every: Annotated[bool, typer.Option("--all", help="Every copy, not only the newest of each.")] = False,
    as_json: Json = False,
) -> None:
    """Read copies back and compare every file with what was saved. The exit code is 1 when anything differs."""
    from ops_platform.cli import backup_work

    backup_work.verify(name, day=day and day.date(), every=every, as_json=as_json)


@group.command("restore", epilog="Example: ops backup restore photos --date 2026-05-14 --to restored")
def restore(
    name: Name,
    to: Annotated[Path, typer.Option(help="A new or empty folder; what is there is never overwritten.")],
    day: Day = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Only what fits, as *.jpg or 2026/**; may be given several times.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Bring the files of a copy into a folder, each compared with what was saved."""
    from ops_platform.cli import backup_work

    backup_work.restore(name, day=day and day.date(), to=to, only=only or [], as_json=as_json)


@group.command("restore-database", epilog="Example: ops backup restore-database --replace")
def restore_database(
    day: Day = None,
    to: Annotated[
        str | None,
        typer.Option("--to", help="Name of the new database; ops_restored if not given.", show_default=False),
    ] = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Then let it take the place of the platform's own, which is kept beside."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring the platform's database back from its copy, into a new one, and compare every table with what was saved."""
    from ops_platform.cli import backup_work

    backup_work.restore_database(day=day and day.date(), name=to, replace=replace, as_json=as_json)
