"""`ops restaurant ...`: names, options and help of the commands; the work is in restaurant_*.py beside this file.

Each command imports its work when it runs, because pandas and the drivers cost a second and `--help` must not.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from ops_platform.cli.output import Json
from ops_platform.cli.restaurant_names import By, aliases, menu, queue

group = typer.Typer(
    name="restaurant",
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Orders of a restaurant: PetPooja in, order items matched to the menu, sales out.",
    epilog="A usual day: ops restaurant fetch, ops restaurant review, ops restaurant sales",
)

for names in (menu, queue, aliases):
    group.add_typer(names, rich_help_panel="Names and the menu")


@group.command("review", rich_help_panel="Names and the menu", epilog="Example: ops restaurant review --by asha")
def review(by: By = None) -> None:
    """Decide what names on bills mean, one after the other at the keyboard, the dearest first.

    Each shows how often and for how much it was sold and the three nearest items. One key decides; every line of the
    name is linked at once, later ones by themselves, and u takes it back. Without a terminal use
    ops restaurant queue export and import.
    """
    from ops_platform.cli import restaurant_review

    restaurant_review.review(by=by)


@group.command(
    "evaluate",
    rich_help_panel="Names and the menu",
    epilog="Example: ops restaurant evaluate verified_names.csv --menu menu.csv --open-world",
)
def evaluate(
    labels: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="CSV of verified names: raw_name, name, type, variant.",
            show_default=False,
        ),
    ],
    menu: Annotated[
        Path,
        typer.Option(exists=True, dir_okay=False, help="CSV of the menu: name, type, variant.", show_default=False),
    ],
    rules: Annotated[
        Literal["seed", "operator"],
        typer.Option(help="The names' rules: the design's, or those the people who verify names follow."),
    ] = "operator",
    automatic_from: Annotated[
        float, typer.Option(min=70, max=100, help="As the setting restaurant.automatic_from.")
    ] = 90.0,
    open_world: Annotated[
        bool, typer.Option("--open-world", help="Match each name also with its item taken off the menu.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Measure matching on names whose item people have verified; needs no database.

    Says how many names find their item, how many are linked without a person and how many of those rightly, and lists
    every name that does not. Run it before changing rules, limits or the menu, and after.
    """
    from ops_platform.cli import restaurant_evaluate

    restaurant_evaluate.evaluate_file(
        labels, menu, rules=rules, automatic_from=automatic_from, open_world=open_world, as_json=as_json
    )


_DAY = ["%Y-%m-%d"]
_ORDERS = "Orders"


@group.command(
    "load", rich_help_panel=_ORDERS, epilog="Example: ops restaurant load orders-2026-01.json orders-2026-02.jsonl.gz"
)
def load(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of orders.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Load files of orders: JSON (a list, or an object with the list in data or order_json) or an order a line.

    A file is loaded wholly or not at all, and once: the same file a second time changes nothing, and orders that
    another file or the stream brought already are not doubled. Of several events of one order the newest counts.
    An order that cannot be read is refused and kept (ops restaurant rejects), and the others are loaded. A file that
    is no JSON fails; the exit code is then 1. Files may be gzipped.
    """
    from ops_platform.cli import restaurant_loads

    restaurant_loads.load(files, as_json=as_json)


@group.command("fetch", rich_help_panel=_ORDERS, epilog="Example: ops restaurant fetch")
def fetch(
    day: Annotated[
        datetime | None,
        typer.Option(formats=_DAY, help="This day again; only PetPooja's own API knows days.", show_default=False),
    ] = None,
    max_pages: Annotated[int | None, typer.Option(min=1, help="Stop after so many pages.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Fetch new orders from where the setting restaurant.orders_from says: the sandbox, the stream or PetPooja.

    Goes on from where the last fetch ended. A page is loaded wholly or not at all; when one cannot be had, those
    before it are loaded and the next fetch asks for it again. Events that are missing in the stream are asked for
    again, and told.
    """
    from ops_platform.cli import restaurant_loads

    restaurant_loads.fetch(day=day.date() if day else None, max_pages=max_pages, as_json=as_json)


@group.command(
    "rejects", rich_help_panel=_ORDERS, epilog="Example: ops restaurant rejects --code not_a_number --csv rejects.csv"
)
def rejects(
    load_id: Annotated[
        int | None, typer.Option("--load", help="Only of this load, as `status` numbers them.", show_default=False)
    ] = None,
    code: Annotated[str | None, typer.Option(help="Only this reason, as in json_syntax.", show_default=False)] = None,
    with_past: Annotated[bool, typer.Option("--all", help="Also those of which a later event was good.")] = False,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Write all of them to this file.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the orders and lines that were refused: where they stood, which field, why, and the thing itself.

    One counts as settled when a later event of its order is good; --all shows those too.
    """
    from ops_platform.cli import restaurant_status

    restaurant_status.rejects(load_id=load_id, code=code, with_past=with_past, csv_file=csv_file, as_json=as_json)


@group.command(
    "rematch", rich_help_panel=_ORDERS, epilog="Example: ops restaurant rematch --dry-run --since 2026-01-01"
)
def rematch(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, write nothing.")] = False,
    since: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="Only orders of this day and later.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Match stored lines again after the menu, a decision or a rule changed: those without a sure link.

    What a person decided stays. Each change is kept with before and after.
    """
    from ops_platform.cli import restaurant_loads

    restaurant_loads.rematch(since=since.date() if since else None, dry_run=dry_run, as_json=as_json)


@group.command("status", rich_help_panel=_ORDERS, epilog="Example: ops restaurant status")
def status(as_json: Json = False) -> None:
    """Show where everything stands: orders, share matched, names to review, refused orders, holes, newest loads."""
    from ops_platform.cli import restaurant_status

    restaurant_status.status(as_json=as_json)


@group.command("sales", rich_help_panel=_ORDERS, epilog='Example: ops restaurant sales --item "waffle cone"')
def sales(
    first: Annotated[
        datetime | None, typer.Option("--from", formats=_DAY, help="First business day.", show_default=False)
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=_DAY, help="Last business day.", show_default=False)
    ] = None,
    item: Annotated[str | None, typer.Option(help="Only items with this in their name.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Show what was sold, by item and size, by itself and as an add-on, and by channel; the newest 30 days at first."""
    from ops_platform.cli import restaurant_sales

    restaurant_sales.sales(
        first=first.date() if first else None, last=last.date() if last else None, item=item, as_json=as_json
    )
