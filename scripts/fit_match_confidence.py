"""Fit ops_platform/restaurant/data/match_confidence.csv anew on verified names.

    .venv/bin/python scripts/fit_match_confidence.py LABELS.csv MENU.csv

Run it when the rules, the likeness or the labels have changed; the result is the same for the same files.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ops_platform.cli.errors import run
from ops_platform.restaurant.calibration import samples
from ops_platform.restaurant.confidence import blocks_csv, fit_blocks
from ops_platform.restaurant.evaluate import read_labels, read_menu
from ops_platform.restaurant.name_rules import load_rules

TABLE = Path(__file__).resolve().parents[1] / "ops_platform" / "restaurant" / "data" / "match_confidence.csv"


def main() -> None:
    """Read both files, fit, write the table and show it."""
    labels_file, menu_file = map(Path, sys.argv[1:3])
    labels = read_labels(labels_file.read_bytes(), str(labels_file))
    menu = read_menu(menu_file.read_bytes(), str(menu_file))
    table = blocks_csv(fit_blocks(samples(labels, menu, load_rules("operator"))))
    TABLE.write_text(table, encoding="utf-8", newline="")
    print(table, end="")


if __name__ == "__main__":
    sys.exit(run(main))
