"""`ops restaurant ...`: names, options and help of the commands; the work is in restaurant_*.py beside this file.

Each command imports its work when it runs, because pandas and the drivers cost a second and `--help` must not.
"""

from __future__ import annotations

import typer

group = typer.Typer(
    name="restaurant",
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Orders of a restaurant: PetPooja in, order items matched to the menu, sales out.",
    epilog="A usual day: ops restaurant fetch, ops restaurant review, ops restaurant sales",
)
