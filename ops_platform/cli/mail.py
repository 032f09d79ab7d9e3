"""`ops mail ...`: names, options and help of the commands; the work is in mail_work.py beside this file.

Each command imports its work when it runs, because drivers and templates cost time and `--help` must not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ops_platform.cli.output import Json

group = typer.Typer(
    name="mail",
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="The mails of the platform: try the account, look at what was sent, see what a template looks like.",
    epilog="Begin with: ops mail test YOUR-ADDRESS",
)


@group.command("test", epilog="Example: ops mail test owner@store.example")
def test(
    address: Annotated[str, typer.Argument(help="Who gets it.", metavar="ADDRESS")], as_json: Json = False
) -> None:
    """Send one test mail with the settings as they are: to the sandbox, or, when mail.mode is live, for real."""
    from ops_platform.cli import mail_work

    raise typer.Exit(mail_work.test(address, as_json=as_json))


@group.command("list", epilog="Example: ops mail list --limit 5")
def list_mails(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest.")] = 30,
    as_json: Json = False,
) -> None:
    """List the mails that were handed over or tried: when, key, subject, to whom (masked).

    Whether one was accepted is in the ledger: ops effects why KEY.
    """
    from ops_platform.cli import mail_work

    mail_work.list_mails(limit=limit, as_json=as_json)


@group.command("show", epilog="Example: ops mail show report/admin_report/2026-05-13 --open")
def show(
    key: Annotated[str, typer.Argument(help="As ops mail list and ops effects list show it.", metavar="KEY")],
    out: Annotated[
        Path | None, typer.Option(help="Write it as a page, with its pictures, to this file.", show_default=False)
    ] = None,
    in_browser: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Show a mail as it left: its headers and text; or as the page its reader saw."""
    from ops_platform.cli import mail_work

    mail_work.show(key, out=out, in_browser=in_browser)


@group.command("preview", epilog="Example: ops mail preview stock_notification --open")
def preview(
    templates: Annotated[
        list[str] | None,
        typer.Argument(
            help="Folders in templates/email; all if none is given.", metavar="TEMPLATE...", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the pages; mail_previews in the home if not given.", show_default=False),
    ] = None,
    in_browser: Annotated[bool, typer.Option("--open", help="Open the pages in a browser.")] = False,
) -> None:
    """Make pages of templates with the invented values of their example.json, to see a change. Nothing is sent."""
    from ops_platform.cli import mail_work

    mail_work.preview(templates or [], out=out, in_browser=in_browser)
