"""`ops vehicles dealerships`, `alias` and `rules`: names, options and help; the work is vehicles_dealerships.py."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ops_platform.cli.output import Json

dealerships = typer.Typer(
    name="dealerships", no_args_is_help=True, rich_markup_mode="rich", help="The clients: their rules and QR folders."
)
aliases = typer.Typer(
    name="alias", no_args_is_help=True, rich_markup_mode="rich", help="What a Location of the scrapes means."
)
rules = typer.Typer(
    name="rules", no_args_is_help=True, rich_markup_mode="rich", help="The rules of dealerships and job types."
)


@dealerships.command("list", epilog="Example: ops vehicles dealerships list")
def list_dealerships(as_json: Json = False) -> None:
    """List every dealership with its rules at a glance."""
    from ops_platform.cli import vehicles_dealerships

    vehicles_dealerships.list_dealerships(as_json=as_json)


@dealerships.command("show", epilog='Example: ops vehicles dealerships show "columbia bmw"')
def show_dealership(
    name: Annotated[str, typer.Argument(help="Name or alias.", show_default=False)], as_json: Json = False
) -> None:
    """Show one dealership: rules, aliases, folders, cars."""
    from ops_platform.cli import vehicles_dealerships

    vehicles_dealerships.show_dealership(name, as_json=as_json)


@dealerships.command("export", epilog="Example: ops vehicles dealerships export dealerships.yaml")
def export_dealerships(
    file: Annotated[Path, typer.Argument(help="YAML file to write.", show_default=False)],
) -> None:
    """Write all dealerships and aliases to a file that can be edited and imported again."""
    from ops_platform.cli import vehicles_dealerships

    vehicles_dealerships.export_dealerships(file)


@dealerships.command("import", epilog="Example: ops vehicles dealerships import dealerships.yaml --dry-run")
def import_dealerships(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="YAML file in the exported form.", show_default=False)
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would change.")] = False,
    as_json: Json = False,
) -> None:
    """Take dealerships and aliases from a file, whole or not at all, and judge every car anew.

    What the file names is replaced; dealerships it does not name stay as they are.
    """
    from ops_platform.cli import vehicles_dealerships

    vehicles_dealerships.import_dealerships(file, dry_run=dry_run, as_json=as_json)


@aliases.command("add", epilog='Example: ops vehicles alias add "BMW of West St Louis" "BMW of West St. Louis"')
def add_alias(
    location: Annotated[str, typer.Argument(help="As the scrapes write it.", show_default=False)],
    dealership: Annotated[str | None, typer.Argument(help="The dealership it means.", show_default=False)] = None,
    ignore: Annotated[bool, typer.Option("--ignore", help="It is no client; set its rows aside.")] = False,
    as_json: Json = False,
) -> None:
    """Say which dealership a Location means, or that it is no client; it counts from the next file on."""
    from ops_platform.cli import vehicles_dealerships

    if ignore == (dealership is not None):
        raise typer.BadParameter("give the dealership it means, or --ignore", param_hint="DEALERSHIP")
    vehicles_dealerships.add_alias(location, dealership, as_json=as_json)


@aliases.command("list", epilog="Example: ops vehicles alias list")
def list_aliases(as_json: Json = False) -> None:
    """List every spelling of the scrapes and the dealership it means."""
    from ops_platform.cli import vehicles_dealerships

    vehicles_dealerships.list_aliases(as_json=as_json)


@rules.command("check", epilog="Example: ops vehicles rules check")
def check_rules(as_json: Json = False) -> None:
    """Read all rules; each that cannot be read is named with what to write instead, and the exit code is 1."""
    from ops_platform.cli import vehicles_dealerships

    vehicles_dealerships.check_rules(as_json=as_json)


@rules.callback()
def _rules() -> None:
    """The rules of dealerships and job types."""
