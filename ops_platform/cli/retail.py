"""`ops retail ...`: names, options and help of the commands; the work is in retail_*.py beside this file.

Each command imports its work when it runs, because pandas and the drivers cost a second and `--help` must not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ops_platform.cli.output import Json

group = typer.Typer(
    name="retail",
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="A store: point of sale to web shop, and the automations between them.",
    epilog="Look first: ops retail list, ops retail plan NAME. Then: ops retail apply NAME",
)
_WORK, _RECORD = "Automations", "What was changed"

Names = Annotated[
    list[str] | None, typer.Argument(metavar="NAME...", help="As ops retail list shows them.", show_default=False)
]
All = Annotated[bool, typer.Option("--all", help="Every automation.")]
Force = Annotated[bool, typer.Option("--force", help="Make and send reports once more that were made before.")]
BatchId = Annotated[int, typer.Argument(metavar="BATCH", help="As ops retail held and history show it.")]
Who = Annotated[str | None, typer.Option("--by", help="Who decides; your user name if not given.", show_default=False)]


@group.command("list", rich_help_panel=_WORK, epilog="Example: ops retail list")
def list_automations(as_json: Json = False) -> None:
    """List the automations: what each does, when, whether it writes, and how its last run went."""
    from ops_platform.cli import retail_work

    retail_work.list_automations(as_json=as_json)


@group.command("plan", rich_help_panel=_WORK, epilog="Example: ops retail plan total_sold sort_order")
def plan(names: Names = None, every: All = False, as_json: Json = False) -> None:
    """Show what automations would change, old and new with the reason, and change nothing."""
    from ops_platform.cli import retail_work

    retail_work.run(names or [], every=every, apply=False, as_json=as_json)


@group.command("apply", rich_help_panel=_WORK, epilog="Example: ops retail apply total_sold")
def apply(names: Names = None, every: All = False, force: Force = False, as_json: Json = False) -> None:
    """Run automations and make their changes, in the sandbox or, where a system's mode is live, in the real one.

    Those that others wait for come first. A plan that would change unusually much is held until somebody approves it.
    One that fails never stops the others; the exit code is then 1.
    """
    from ops_platform.cli import retail_work

    retail_work.run(names or [], every=every, apply=True, again=force, as_json=as_json)


@group.command("unmatched", rich_help_panel=_WORK, epilog="Example: ops retail unmatched --csv unmatched.csv")
def unmatched(
    code: Annotated[str | None, typer.Option(help="Only one kind, as product_gone.", show_default=False)] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Write all of them to this file.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """List web items and products of the web shop that do not find each other, with a partner that is called alike."""
    from ops_platform.cli import retail_unmatched

    retail_unmatched.show(code=code, csv_file=csv_file, as_json=as_json)


@group.command("history", rich_help_panel=_RECORD, epilog="Example: ops retail history --item 10093")
def history(
    item: Annotated[
        str | None, typer.Option(help="An item number, product id, or words of its name.", show_default=False)
    ] = None,
    automation: Annotated[str | None, typer.Option(help="Only this automation.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest.")] = 50,
    as_json: Json = False,
) -> None:
    """Show every change that was made or tried: when, of what, before and after, why, and what became of it."""
    from ops_platform.cli import retail_record

    retail_record.history(item=item, automation=automation, limit=limit, as_json=as_json)


@group.command("held", rich_help_panel=_RECORD, epilog="Example: ops retail held")
def held(as_json: Json = False) -> None:
    """List the plans that wait for a person, with the reason."""
    from ops_platform.cli import retail_record

    retail_record.held(as_json=as_json)


@group.command("approve", rich_help_panel=_RECORD, epilog="Example: ops retail approve 17")
def approve(batch: BatchId, who: Who = None, as_json: Json = False) -> None:
    """Make the changes of a plan that waits, just as it was shown; what moved since is left and told."""
    from ops_platform.cli import retail_record

    retail_record.approve(batch, who=who, as_json=as_json)


@group.command("drop", rich_help_panel=_RECORD, epilog="Example: ops retail drop 17")
def drop(batch: BatchId, who: Who = None) -> None:
    """Give up a plan that waits."""
    from ops_platform.cli import retail_record

    retail_record.drop(batch, who=who)


@group.command("undo", rich_help_panel=_RECORD, epilog="Example: ops retail undo 16")
def undo(batch: BatchId, who: Who = None, as_json: Json = False) -> None:
    """Put back what a batch changed, where its value still stands; what somebody changed since is left and told."""
    from ops_platform.cli import retail_record

    retail_record.undo(batch, who=who, as_json=as_json)


@group.command("scrapes", rich_help_panel=_WORK, epilog="Example: ops retail scrapes")
def scrapes(as_json: Json = False) -> None:
    """List competitors' sites: when each was read last, whether its list counts, and why not."""
    from ops_platform.cli import retail_scrapes

    retail_scrapes.scrapes(as_json=as_json)


@group.command("accept-scrape", rich_help_panel=_WORK, epilog="Example: ops retail accept-scrape laurel_ridge")
def accept_scrape(
    site: Annotated[str, typer.Argument(help="As ops retail scrapes shows it.", metavar="SITE")],
    who: Who = None,
    as_json: Json = False,
) -> None:
    """Let a competitor's list count that is held because it has few rows: it becomes the latest."""
    from ops_platform.cli import retail_scrapes

    retail_scrapes.accept(site, who=who, as_json=as_json)
