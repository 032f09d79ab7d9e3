"""`ops vehicles dealerships`, `alias` and `rules`: what the agency knows of its clients."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import typer
import yaml

from ops_platform.adapters.files import write_whole
from ops_platform.cli.errors import FAILED, USAGE, CommandError
from ops_platform.cli.output import heading, line, print_json, print_table, warn
from ops_platform.cli.session import Platform, find_dealership, open_session
from ops_platform.core.logical_paths import pure_path
from ops_platform.flows.vehicles.dealerships import (
    import_directory,
    load_directory,
    refresh_eligibility,
)
from ops_platform.vehicles.dealerships import load_aliases, load_dealerships
from ops_platform.vehicles.locations import LocationDirectory, location_key


def list_dealerships(*, as_json: bool) -> None:
    """Every dealership with its rules at a glance."""
    with open_session() as platform:
        rows = platform.rows("vehicles/dealerships")
        problems = load_directory(platform.db).problems
    if as_json:
        print_json([row | {"problem": problems.get(row["name"])} for row in rows])
        return
    print_table(
        f"{len(rows):,} dealerships",
        ["dealership", "rules", "QR folder"],
        [
            [
                row["name"] if row["is_active"] else f"{row['name']} (not active)",
                f"cannot be read: {problems[row['name']]}"
                if row["name"] in problems
                else _at_a_glance(row["filtering_rules"]),
                pure_path(row["qr_output_path"]).name,
            ]
            for row in rows
        ],
        whole=["QR folder"],
    )


def _at_a_glance(rules: dict[str, Any]) -> str:
    parts = [
        key if value is True else f"{key} {', '.join(value) if isinstance(value, list) else value}"
        for key, value in rules.items()
        if value not in (None, False, 0, [], {})
    ]
    return "; ".join(parts) or "none"


def show_dealership(dealership: str, *, as_json: bool) -> None:
    """One dealership: rules, aliases, folders, cars."""
    with open_session() as platform:
        directory = load_directory(platform.db)
        name = find_dealership(directory, dealership)
        [row] = platform.rows("vehicles/dealership", name=name)
        aliases = [r["alias"] for r in platform.rows("vehicles/aliases") if r["dealership_name"] == name]
        cars = next((r for r in platform.rows("vehicles/overview") if r["dealership_name"] == name), None)
        folder = platform.folders.qr_file(f"{row['qr_output_path'].rstrip(chr(92) + '/')}\\X.png").parent
    shown_row = row | {"aliases": aliases, "qr_folder_here": str(folder), "problem": directory.problems.get(name)}
    if as_json:
        print_json(shown_row | {"inventory": cars})
        return
    heading(name if row["is_active"] else f"{name} (not active)")
    if name in directory.problems:
        warn(f"its rules cannot be read, so none of its cars is eligible: {directory.problems[name]}")
    if cars:
        line(
            f"  {cars['total_vehicles']:,} cars on hand, {cars['eligible_vehicles']:,} eligible, "
            f"{cars['existing_qr_files']:,} QR files"
        )
    line(f"  QR folder  {row['qr_output_path']} (here {folder})")
    line(f"  aliases    {', '.join(aliases) or '-'}")
    line(_yaml({"filtering_rules": row["filtering_rules"], "output_rules": row["output_rules"]}).rstrip())


def _yaml(value: Any) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100)


def export_dealerships(file: Path) -> None:
    """Write all dealerships and aliases in the form `import` reads."""
    with open_session() as platform:
        text = directory_yaml(platform)
    write_whole(file, text.encode())
    count = len(load_dealerships(text))
    line(f"{count:,} dealerships are written to {file}; edit it, then: ops vehicles dealerships import {file}")


def directory_yaml(platform: Platform) -> str:
    """The stored dealerships and aliases as YAML text in the shipped form.

    Raises CommandError where a QR folder does not lie in the common root, which that form cannot say.
    """
    rows = platform.rows("vehicles/dealerships")
    aliases = platform.rows("vehicles/aliases")
    roots = Counter(str(pure_path(row["qr_output_path"]).parent) for row in rows)
    if not roots:
        raise CommandError("there is no dealership; `ops migrate` loads the shipped ones")
    [(root, _)] = roots.most_common(1)
    elsewhere = [row["name"] for row in rows if str(pure_path(row["qr_output_path"]).parent) != root]
    if elsewhere:
        raise CommandError(
            f"the QR folders of {', '.join(elsewhere)} do not lie in {root}, and a file can name one root only; "
            "set their qr_output_path in dealership_configs first"
        )
    entries = {}
    for row in rows:
        entry = {
            "name": row["name"],
            "filtering_rules": row["filtering_rules"],
            "output_rules": row["output_rules"],
            "aliases": [alias["alias"] for alias in aliases if alias["dealership_name"] == row["name"]],
        }
        if not row["is_active"]:
            entry["is_active"] = False
        entries[pure_path(row["qr_output_path"]).name] = entry
    not_clients = [alias["alias"] for alias in aliases if alias["dealership_name"] is None]
    return _yaml({"qr_root": root, "dealerships": entries, "not_clients": not_clients})


def import_dealerships(file: Path, *, dry_run: bool, as_json: bool) -> None:
    """Take dealerships and aliases from a file: those it names are replaced, the others stay."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError(f"{file} is not UTF-8; save it as UTF-8 and try again", code=USAGE) from None
    with open_session() as platform:
        changes = _changes(platform, text)
        if not dry_run:
            import_directory(platform.db, text)
            judged = refresh_eligibility(platform.db, today=platform.today())
    if as_json:
        print_json({"dry_run": dry_run, "changes": changes, "cars_judged_anew": None if dry_run else judged})
        return
    for change in changes:
        line(f"  {change['kind']:<18} {change['name']}{': ' if change['detail'] else ''}{change['detail']}")
    if dry_run:
        line(f"{len(changes):,} changes would be made; nothing was written (--dry-run).")
    else:
        line(f"{len(changes):,} changes are made; {judged:,} cars are now judged differently.")


def _changes(platform: Platform, text: str) -> list[dict[str, str]]:
    """What the file would change, a sentence each."""
    stored = {row["name"]: row for row in platform.rows("vehicles/dealerships")}
    spelt = {location_key(row["alias"]): row["dealership_name"] for row in platform.rows("vehicles/aliases")}
    changes = []
    for dealership in load_dealerships(text):
        before = stored.get(dealership.name)
        if before is None:
            changes.append({"kind": "new dealership", "name": dealership.name, "detail": ""})
            continue
        keys = ("filtering_rules", "output_rules", "qr_output_path", "is_active")
        different = [key for key in keys if before[key] != getattr(dealership, key)]
        if different:
            changes.append({"kind": "changed", "name": dealership.name, "detail": ", ".join(different)})
    for alias, name in load_aliases(text).items():
        key = location_key(alias)
        if key not in spelt or spelt[key] != name:
            changes.append({"kind": "alias", "name": alias, "detail": f"means {name or 'no client'}"})
    return changes


def add_alias(location: str, dealership: str | None, *, as_json: bool) -> None:
    """Say what a Location of the scrapes means; None: it is no client."""
    with open_session() as platform:
        directory = load_directory(platform.db)
        name = None if dealership is None else find_dealership(directory, dealership)
        known = {row["alias"]: row["dealership_name"] for row in platform.rows("vehicles/aliases")}
        others = {alias: to for alias, to in known.items() if location_key(alias) != location_key(location)}
        try:
            LocationDirectory(directory.locations.names, others | {location: name})
        except ValueError as error:
            raise CommandError(str(error), code=USAGE) from None
        platform.db.execute(
            "vehicles/put_alias", alias_norm=location_key(location), alias=location, dealership_name=name
        )
    if as_json:
        print_json({"alias": location, "dealership": name})
        return
    line(f'"{location}" now means {name or "no client: its rows are set aside"}.')
    if name is not None:
        line("Rows that were set aside before stay there; its cars come in with the next scrape.")


def list_aliases(*, as_json: bool) -> None:
    """Every alias."""
    with open_session() as platform:
        rows = platform.rows("vehicles/aliases")
    if as_json:
        print_json(rows)
        return
    print_table(
        f"{len(rows):,} aliases",
        ["Location in scrapes", "means"],
        [[row["alias"], row["dealership_name"] or "(no client)"] for row in rows],
    )


def check_rules(*, as_json: bool) -> None:
    """Read the rules of every dealership and job type; exit code 1 when one cannot be read."""
    with open_session() as platform:
        directory = load_directory(platform.db)
    if as_json:
        print_json({"ok": not directory.findings, "problems": directory.findings})
    else:
        for finding in directory.findings:
            warn(f"{finding['what']} {finding['name']}: {finding['problem']}")
        line(
            f"{len(directory.clients):,} dealerships and {len(directory.job_types):,} job types can be read, "
            f"{len(directory.findings):,} problems."
        )
    if directory.findings:
        raise typer.Exit(FAILED)
