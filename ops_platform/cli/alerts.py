"""`ops alerts ...`: names, options and help of the commands; the work is in alerts_work.py beside this file."""

from __future__ import annotations

from typing import Annotated

import typer

from ops_platform.cli.output import Json

group = typer.Typer(
    name="alerts",
    invoke_without_command=True,
    rich_markup_mode="rich",
    help="What is wrong now and who was told; without a command: what is open.",
    epilog="Then: ops alerts ack KEY. To see whether they reach you: ops alerts test",
)

Who = Annotated[str | None, typer.Option("--by", help="Who knows; your user name if not given.", show_default=False)]


@group.callback()
def _listed(context: typer.Context, as_json: Json = False) -> None:
    """What is wrong now and who was told; without a command: what is open."""
    if context.invoked_subcommand is None:
        from ops_platform.cli import alerts_work

        alerts_work.show_open(as_json=as_json)


@group.command("list", epilog="Example: ops alerts list")
def list_open(as_json: Json = False) -> None:
    """Show what is wrong now, since when, what to do, and who was told; the same as without a command."""
    from ops_platform.cli import alerts_work

    alerts_work.show_open(as_json=as_json)


@group.command("history", epilog="Example: ops alerts history --limit 20")
def history(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest.")] = 50,
    as_json: Json = False,
) -> None:
    """Show the newest alerts, open or over: since when, for how long, how often, who was told."""
    from ops_platform.cli import alerts_work

    alerts_work.history(limit=limit, as_json=as_json)


@group.command("ack", epilog="Example: ops alerts ack retail/inventory_upload")
def ack(
    key: Annotated[str, typer.Argument(metavar="KEY", help="As ops alerts shows it.")],
    who: Who = None,
) -> None:
    """Say that you know of an alert: it is not reminded of any more. That it is over is told all the same."""
    from ops_platform.cli import alerts_work

    alerts_work.acknowledge(key, who=who)


@group.command("test", epilog="Example: ops alerts test")
def test(as_json: Json = False) -> None:
    """Send a test alert through every channel; the exit code is 1 when one did not take it."""
    from ops_platform.cli import alerts_work

    raise typer.Exit(alerts_work.send_test(as_json=as_json))
