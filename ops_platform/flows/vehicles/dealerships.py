"""Read and keep what the agency knows of its dealerships: rules, aliases, job types, and each car's eligibility.

A dealership whose rules cannot be read is named in `Directory.problems` and its cars are not eligible; the others
go on.
"""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd
import sqlalchemy as sa

from ops_platform.adapters.database import Database, execute, frame, records, scalar
from ops_platform.vehicles.dealerships import (
    SHIPPED_FILE,
    SHIPPED_PACKAGE,
    Dealership,
    load_aliases,
    load_dealerships,
)
from ops_platform.vehicles.eligibility import ineligible_reason
from ops_platform.vehicles.locations import LocationDirectory, location_key
from ops_platform.vehicles.output_rules import OutputRules, QrRules
from ops_platform.vehicles.rule_errors import RulesError, parse_model
from ops_platform.vehicles.rules import FilteringRules, parse_filters, parse_output_rules, parse_rules


@dataclass(frozen=True)
class Client:
    """One dealership as it is stored, with its rules read."""

    name: str
    filtering: FilteringRules
    output: OutputRules
    qr_output_path: str
    is_active: bool


@dataclass(frozen=True)
class JobType:
    """One row of order_processing_config: extra filters of its jobs, look of the QR files of its format."""

    name: str
    filters: Mapping[str, Any]
    qr: QrRules


@dataclass(frozen=True)
class Directory:
    """Every dealership, alias and job type that can be read.

    problems: dealership name -> what is wrong with its rules. type_problems, alias_problems: the same for job types and
    aliases.
    """

    clients: Mapping[str, Client]
    problems: Mapping[str, str]
    locations: LocationDirectory
    job_types: Mapping[str, JobType]
    type_problems: Mapping[str, str]
    alias_problems: Mapping[str, str]

    @property
    def findings(self) -> list[dict[str, str]]:
        """Everything that cannot be used: what (dealership, job type, alias), name, problem."""
        return [
            {"what": what, "name": name, "problem": text}
            for what, problems in (
                ("dealership", self.problems),
                ("job type", self.type_problems),
                ("alias", self.alias_problems),
            )
            for name, text in problems.items()
        ]

    @property
    def active(self) -> list[Client]:
        """Dealerships to work for, by name."""
        return [client for client in self.clients.values() if client.is_active]

    def reasons(
        self,
        name: str,
        cars: pd.DataFrame,
        *,
        as_of: date,
        extra: FilteringRules | None = None,
        ordered: Collection[str] = (),
    ) -> pd.Series:
        """Return why each car is not eligible for a dealership (None: it is), index as `cars`."""
        if name in self.problems:
            return pd.Series(f"rules_invalid: {self.problems[name]}", index=cars.index, dtype=object)
        rules = self.clients[name].filtering
        rules = rules.stricter(extra) if extra is not None else rules
        return ineligible_reason(cars, rules, as_of=as_of, ordered_vins=frozenset(ordered))

    def judge(self, cars: pd.DataFrame, *, as_of: date) -> pd.Series:
        """Return why each car is not eligible for its own dealership (column location), index as `cars`.

        Dealerships with equal rules are judged at once: forty of them have some four different rules, and a
        judgement costs more for its call than for its cars.
        """
        reasons = pd.Series(None, index=cars.index, dtype=object)
        alike: dict[FilteringRules | str, list[str]] = {}
        for name in cars["location"].unique().tolist():
            alike.setdefault(self.problems.get(name) or self.clients[name].filtering, []).append(name)
        for names in alike.values():
            theirs = cars["location"].isin(names)
            reasons[theirs] = self.reasons(names[0], cars[theirs], as_of=as_of)
        return reasons


def load_directory(db: Database) -> Directory:
    """Read the three tables; one round trip each."""
    with db.engine.connect() as connection:
        rows = records(connection, "vehicles/dealerships")
        aliases = {r["alias"]: r["dealership_name"] for r in records(connection, "vehicles/aliases")}
        types = records(connection, "vehicles/job_types")
    clients: dict[str, Client] = {}
    problems: dict[str, str] = {}
    for row in rows:
        try:
            clients[row["name"]] = _client(row)
        except RulesError as error:
            problems[row["name"]] = str(error)
    job_types: dict[str, JobType] = {}
    type_problems: dict[str, str] = {}
    for row in types:
        try:
            job_types[row["config_name"]] = _job_type(row)
        except RulesError as error:  # jobs of this type fail; imports and the other jobs have nothing to do with it
            type_problems[row["config_name"]] = str(error)
    locations, alias_problems = _locations([row["name"] for row in rows], aliases)
    return Directory(clients, problems, locations, job_types, type_problems, alias_problems)


def _locations(names: Sequence[str], aliases: Mapping[str, str | None]) -> tuple[LocationDirectory, dict[str, str]]:
    """The directory without the aliases that contradict it, and these with what is wrong.

    The commands refuse such an alias; one that was put into the table by hand must not stop every import.
    """
    try:
        return LocationDirectory(names, aliases), {}
    except ValueError:
        usable: dict[str, str | None] = {}
        problems: dict[str, str] = {}
        for alias, name in aliases.items():
            try:
                LocationDirectory(names, usable | {alias: name})
                usable[alias] = name
            except ValueError as error:
                problems[alias] = str(error)
        return LocationDirectory(names, usable), problems


def _client(row: Mapping[str, Any]) -> Client:
    where = f'dealership "{row["name"]}"'
    return Client(
        name=row["name"],
        filtering=parse_rules(row["filtering_rules"], f"{where}, filtering_rules"),
        output=parse_output_rules(row["output_rules"], f"{where}, output_rules"),
        qr_output_path=row["qr_output_path"],
        is_active=row["is_active"],
    )


def _job_type(row: Mapping[str, Any]) -> JobType:
    where = f'job type "{row["config_name"]}"'
    template = row["template_settings"]
    if not isinstance(template, Mapping):
        raise RulesError(f"{where}, template_settings", ['is no mapping; write it like {"filters": {}}'])
    filters = template.get("filters")
    parse_filters(filters, f"{where}, template_settings.filters")
    look = parse_model(QrRules, row["qr_settings"], f"{where}, qr_settings")
    return JobType(row["config_name"], filters or {}, look)


@dataclass(frozen=True)
class Stored:
    """How many rows were added or changed."""

    dealerships: int
    aliases: int


def load_shipped(db: Database) -> Stored:
    """Add the shipped dealerships and aliases that are missing; what the operator edited stays as it is.

    A shipped dealership counts as there under another name too (its QR folder tells), and a name or spelling that
    the operator gave a meaning keeps that meaning.
    """
    text = (importlib.resources.files(SHIPPED_PACKAGE) / SHIPPED_FILE).read_text("utf-8")
    with db.transaction() as connection:
        stored = records(connection, "vehicles/dealerships")
        spoken_for = {row["alias_norm"] for row in records(connection, "vehicles/aliases")}
        spoken_for |= {location_key(row["name"]) for row in stored}
        folders = {row["qr_output_path"].casefold() for row in stored}
        new = [
            each
            for each in load_dealerships(text)
            if location_key(each.name) not in spoken_for and each.qr_output_path.casefold() not in folders
        ]
        spoken_for |= {location_key(each.name) for each in new}
        names = {row["name"] for row in stored} | {each.name for each in new}
        spellings = {
            alias: name
            for alias, name in load_aliases(text).items()
            if location_key(alias) not in spoken_for and (name is None or name in names)
        }
        return _store(connection, new, spellings, "add")


def import_directory(db: Database, text: str) -> Stored:
    """Take dealerships and aliases from YAML text in the shipped form; rows that exist are replaced.

    Errors: RulesError naming dealership and key, also when a spelling would then mean two dealerships; nothing was
    changed.
    """
    dealerships, aliases = load_dealerships(text), load_aliases(text)
    with db.transaction() as connection:
        changed = _store(connection, dealerships, aliases, "put")
        names = [row["name"] for row in records(connection, "vehicles/dealerships")]
        spellings = {row["alias"]: row["dealership_name"] for row in records(connection, "vehicles/aliases")}
        try:
            LocationDirectory(names, spellings)
        except ValueError as error:
            raise RulesError("dealerships file", [f"does not fit what is stored: {error}"]) from None
    return changed


def _store(
    connection: sa.Connection,
    dealerships: Sequence[Dealership],
    aliases: Mapping[str, str | None],
    verb: Literal["add", "put"],
) -> Stored:
    """The statements themselves leave rows alone that would not change."""
    changed = [execute(connection, f"vehicles/{verb}_dealership", **_columns(each)) for each in dealerships]
    spelt = [
        execute(connection, f"vehicles/{verb}_alias", alias_norm=location_key(alias), alias=alias, dealership_name=name)
        for alias, name in aliases.items()
    ]
    return Stored(sum(changed), sum(spelt))


def _columns(dealership: Dealership) -> dict[str, Any]:
    return {
        "name": dealership.name,
        "filtering_rules": json.dumps(dealership.filtering_rules),
        "output_rules": json.dumps(dealership.output_rules),
        "qr_output_path": dealership.qr_output_path,
        "is_active": dealership.is_active,
    }


def business_day(connection: sa.Connection, today: date) -> date:
    """Return the day rules count from: the newest scan, never after today (docs/adr/0008)."""
    return min(today, scalar(connection, "vehicles/newest_scan_date") or today)


def refresh_eligibility(db: Database, *, today: date) -> int:
    """Judge every car on hand anew, after rules or aliases changed or a day went by; return how many changed."""
    directory = load_directory(db)
    names = [*directory.clients, *directory.problems]
    with db.transaction() as connection:
        day = business_day(connection, today)
        cars = frame(connection, "vehicles/inventory", locations=names)
        reasons = directory.judge(cars, as_of=day)
        stored = cars["ineligible_reason"]
        changed = (reasons != stored) & ~(reasons.isna() & stored.isna())
        if not changed.any():
            return 0
        return execute(
            connection,
            "vehicles/set_eligibility",
            vins=cars.loc[changed, "vin"].tolist(),
            locations=cars.loc[changed, "location"].tolist(),
            reasons=reasons[changed].tolist(),
        )
