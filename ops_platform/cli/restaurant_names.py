"""`ops restaurant menu`, `aliases` and `queue`: names, options and help; the work is in restaurant_*.py beside this."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ops_platform.cli.output import Json

menu = typer.Typer(
    name="menu", no_args_is_help=True, rich_markup_mode="rich", help="What the shop sells, in which sizes."
)
aliases = typer.Typer(
    name="aliases", no_args_is_help=True, rich_markup_mode="rich", help="What people decided about names on bills."
)
queue = typer.Typer(
    name="queue", no_args_is_help=True, rich_markup_mode="rich", help="Names that wait for a person, as a list or file."
)

By = Annotated[str | None, typer.Option("--by", help="Who decides; your login name if not given.", show_default=False)]
_InFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, show_default=False)]
_OutFile = Annotated[Path, typer.Argument(dir_okay=False, help="CSV file to write.", show_default=False)]


@menu.command("import", epilog="Example: ops restaurant menu import menu.csv --dry-run")
def import_menu(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="CSV, or PetPooja's menu as JSON.", show_default=False),
    ],
    deactivate_missing: Annotated[
        bool, typer.Option("--deactivate-missing", help="What the file lacks is sold no more; shown and asked first.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Take items, sizes, prices and PetPooja's numbers from a file, then match unsure lines again.

    The CSV has the columns name, type, variant, and any of price, petpooja_itemid, petpooja_addonid, addon_eligible,
    delivery_eligible, is_active; an empty cell leaves what is stored. Nothing is ever removed. A row that cannot be
    taken is told with line and column, the others are taken, and the exit code is 1.
    """
    from ops_platform.cli import restaurant_menu

    restaurant_menu.import_file(file, deactivate_missing=deactivate_missing, yes=yes, dry_run=dry_run, as_json=as_json)


@menu.command("list", epilog='Example: ops restaurant menu list --type "Ice Cream"')
def list_menu(
    type_: Annotated[str | None, typer.Option("--type", help="Only items of this type.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """List items with their sizes and prices."""
    from ops_platform.cli import restaurant_menu

    restaurant_menu.list_menu(type_=type_, as_json=as_json)


@menu.command("export", epilog="Example: ops restaurant menu export menu.csv")
def export_menu(file: _OutFile) -> None:
    """Write the menu to a CSV file that can be edited and imported again."""
    from ops_platform.cli import restaurant_menu

    restaurant_menu.export_menu(file)


@aliases.command("list", epilog="Example: ops restaurant aliases list --json")
def list_aliases(as_json: Json = False) -> None:
    """List every name a person decided about: what it means, who said so and when."""
    from ops_platform.cli import restaurant_aliases

    restaurant_aliases.list_names(as_json=as_json)


@aliases.command("export", epilog="Example: ops restaurant aliases export verified_names.csv")
def export_aliases(file: _OutFile) -> None:
    """Write every decision in force to a CSV file that can be edited and imported again."""
    from ops_platform.cli import restaurant_aliases

    restaurant_aliases.export_names(file)


@aliases.command("import", epilog="Example: ops restaurant aliases import verified_names.csv --create-missing")
def import_aliases(
    file: _InFile,
    create_missing: Annotated[
        bool, typer.Option("--create-missing", help="Put items and sizes on the menu that it lacks.")
    ] = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Take verified names from a CSV file: raw_name, name, type, variant, and no_item (yes) for what is no item.

    Every line of such a name is linked at once. A row whose item is not on the menu is told with line and column, the
    others are taken, and the exit code is 1.
    """
    from ops_platform.cli import restaurant_aliases

    restaurant_aliases.import_names(file, create_missing=create_missing, by=by, as_json=as_json)


@aliases.command("remove", epilog='Example: ops restaurant aliases remove "Figg Ice Cream (300ml)"')
def remove_aliases(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="As on the bill.", show_default=False)],
    by: By = None,
    as_json: Json = False,
) -> None:
    """Take back what was decided about names: their lines are matched again, and unsure ones wait in the queue."""
    from ops_platform.cli import restaurant_aliases

    restaurant_aliases.remove_names(names, by=by, as_json=as_json)


@queue.command("list", epilog="Example: ops restaurant queue list --limit 50")
def list_queue(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many.")] = 20, as_json: Json = False
) -> None:
    """List the names that wait, the dearest first; names that were skipped come last."""
    from ops_platform.cli import restaurant_queue

    restaurant_queue.list_queue(limit, as_json=as_json)


@queue.command("export", epilog="Example: ops restaurant queue export queue.csv")
def export_queue(
    file: _OutFile,
    with_decided: Annotated[bool, typer.Option("--all", help="Also names that are decided, to change them.")] = False,
) -> None:
    """Write the names that wait to a CSV file for a spreadsheet; fill in the column decision and import it.

    decision is accept, 1, 2, 3, new, none or skip; or fill in name, type and variant of an item instead. Leave the
    column token as it is: it tells whether somebody else decided meanwhile.
    """
    from ops_platform.cli import restaurant_queue

    restaurant_queue.export_file(file, with_decided=with_decided)


@queue.command("import", epilog="Example: ops restaurant queue import queue.csv --by asha")
def import_queue(file: _InFile, by: By = None, as_json: Json = False) -> None:
    """Apply the decisions of an exported file; the same file a second time changes nothing.

    A row that cannot be done, or about whose name somebody decided after the export, is told with line and column. The
    others are applied, and the exit code is 1.
    """
    from ops_platform.cli import restaurant_queue

    restaurant_queue.import_file(file, by=by, as_json=as_json)
