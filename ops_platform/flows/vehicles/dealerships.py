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
from ops_platform.vehicles.dealerships import Dealership, load_aliases, load_dealerships
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
    """Every dealership, alias and job type. problems: dealership name -> what is wrong with its rules."""

    clients: Mapping[str, Client]
    problems: Mapping[str, str]
    locations: LocationDirectory
    job_types: Mapping[str, JobType]

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
    return Directory(
        clients=clients,
        problems=problems,
        locations=LocationDirectory([row["name"] for row in rows], aliases),
        job_types={row["config_name"]: _job_type(row) for row in types},
    )


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
    filters = row["template_settings"].get("filters", {})
    parse_filters(filters, f"{where}, template_settings.filters")  # a typo stops here, named, not in a job
    return JobType(
        row["config_name"], filters, parse_model(QrRules, row["qr_settings"], f"{where}, qr_settings")
    )


@dataclass(frozen=True)
class Stored:
    """How many rows were added or changed."""

    dealerships: int
    aliases: int


def load_shipped(db: Database) -> Stored:
    """Add the shipped dealerships and aliases that are missing; what the operator edited stays as it is."""
    text = (importlib.resources.files("ops_platform.vehicles") / "data" / "dealerships.yaml").read_text(
        "utf-8"
    )
    return _store(db, load_dealerships(text), load_aliases(text), "add")


def import_directory(db: Database, text: str) -> Stored:
    """Take dealerships and aliases from YAML text in the shipped form; rows that exist are replaced.

    Errors: RulesError naming dealership and key; then nothing was changed.
    """
    return _store(db, load_dealerships(text), load_aliases(text), "put")


def _store(
    db: Database, dealerships: Sequence[Dealership], aliases: Mapping[str, str | None], verb: Literal["add", "put"]
) -> Stored:
    """Write all or nothing; the statements themselves leave rows alone that would not change."""
    with db.transaction() as connection:
        changed = [execute(connection, f"vehicles/{verb}_dealership", **_columns(each)) for each in dealerships]
        renamed = [
            execute(
                connection, f"vehicles/{verb}_alias", alias_norm=location_key(alias), alias=alias, dealership_name=name
            )
            for alias, name in aliases.items()
        ]
    return Stored(sum(changed), sum(renamed))


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
        reasons = pd.Series(None, index=cars.index, dtype=object)
        for name, group in cars.groupby("location", sort=False):
            reasons.loc[group.index] = directory.reasons(str(name), group, as_of=day)
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
