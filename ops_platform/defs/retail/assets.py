"""The retail assets: tables of the point of sale -> what is read -> automations -> files and products of the web shop.

All of it is made from keys.py and the registry. The automations are one step, so that what they share is read once
and those that others wait for come first; each can be run alone. No rule and no formatting belongs here.
"""

# Dagster reads the annotations of contexts and configurations as types, so they cannot be postponed here.

from collections.abc import Iterator

import dagster as dg

from ops_platform.defs.check_parts import Result
from ops_platform.defs.clock import as_of
from ops_platform.defs.metadata import column_schema
from ops_platform.defs.resources import OpsDatabase, OpsSettings
from ops_platform.defs.retail import checks, keys, keys_customers, keys_outside, keys_requests
from ops_platform.defs.retail.check_parts import Asked
from ops_platform.defs.retail.store import store
from ops_platform.retail.automation import Automation

_WRITES = {
    "counterpoint": "fields of items at the point of sale",
    "bigcommerce": "products of the web shop",
    "webdav": "files on the web shop's file server",
    "files": "files in the folder of product photos",
    "customers": "fields of customers at the point of sale",
    "counterpoint_api": "new customers through the point of sale's API",
    "exports": "files for people in the platform's own folder",
    "mail": "mails",
    "texts": "text messages",
    "backups": "copies in the off-site folder",
    "machine": "a command on this machine, when it is set",
}
_KINDS = {
    "counterpoint": "sqlserver",
    "bigcommerce": "api",
    "webdav": "csv",
    "files": "jpeg",
    "customers": "sqlserver",
    "counterpoint_api": "api",
    "exports": "csv",
    "mail": "email",
    "texts": "sms",
    "backups": "file",
    "machine": "shell",
}


def _tables() -> Iterator[dg.AssetSpec]:
    for name, text in keys.TABLES.items():
        yield dg.AssetSpec(
            keys.of_table(name),
            description=f"Counterpoint's table {name}. {text}",
            group_name="counterpoint",
            owners=keys.OWNERS,
            kinds={"sqlserver"},
        )


def _places() -> Iterator[dg.AssetSpec]:
    groups = {**keys_outside.GROUPS, **keys_customers.GROUPS, **keys_requests.GROUPS}
    sources = (*keys_outside.SOURCES, *keys_requests.SOURCES)
    for place in (*sources, *keys_outside.OUTCOMES, *keys_customers.OUTCOMES, *keys_requests.OUTCOMES):
        yield dg.AssetSpec(
            keys.of_place(place),
            deps=[keys.of_snapshot(name) for name in place.made_by],
            description=place.description,
            group_name=groups[place.key[0]],
            owners=keys.OWNERS,
            kinds={place.kind},
        )


def _snapshots() -> Iterator[dg.AssetSpec]:
    for name, found in keys.SNAPSHOTS.items():
        yield dg.AssetSpec(
            keys.of_snapshot(name),
            deps=[*map(keys.of_table, found.tables), *map(keys.of_place, found.places)],
            description=f"{found.description} Read once a run, for every automation that needs it, and not kept.",
            metadata=column_schema({column: ("object", text) for column, text in found.columns.items()}),
            group_name=keys.area_of_snapshot(name),
            owners=keys.OWNERS,
            kinds={found.kind},
        )


def _outcomes() -> Iterator[dg.AssetSpec]:
    yield dg.AssetSpec(
        keys.PRODUCTS,
        deps=[key for key, automation in keys.BY_KEY.items() if "bigcommerce" in automation.targets],
        description="The web shop's products as customers see them: order, related items, times sold, featured.",
        group_name="bigcommerce",
        owners=keys.OWNERS,
        kinds={"api"},
    )
    for name, text in keys.FILES.items():
        yield dg.AssetSpec(
            keys.of_file(name),
            deps=[key for key, automation in keys.BY_KEY.items() if "webdav" in automation.targets],
            description=f"{text} On the web shop's file server, where its pages read it.",
            group_name="webdav",
            owners=keys.OWNERS,
            kinds={"csv"},
        )


def _automation(automation: Automation) -> dg.AssetSpec:
    written = " and ".join(_WRITES[target] for target in automation.targets)
    return dg.AssetSpec(
        keys.of_automation(automation),
        deps=keys.upstream(automation),
        description=f"{automation.title} (number {automation.number}). {automation.description} Writes {written}.",
        metadata={"number": automation.number, "cron": automation.cron, "writes to": list(automation.targets)},
        group_name=keys.area_of(automation),
        owners=keys.OWNERS,
        kinds={_KINDS[target] for target in automation.targets},
        skippable=True,  # one that failed is not materialised, the others are
    )


@dg.multi_asset(
    name=keys.STEP,
    specs=[_automation(automation) for automation in keys.BY_KEY.values()],
    check_specs=checks.of_automations.specs,
    can_subset=True,
    # Runs that overlap wait for each other, else one would find the other's automations locked and fail.
    pool="retail_store",
)
def run_automations(
    context: dg.AssetExecutionContext, settings: OpsSettings, database: OpsDatabase
) -> Iterator[dg.MaterializeResult | Result]:
    """Run the selected automations for the time of the run's tick; tell what each did, then what looks odd.

    One that fails stops no other: the step fails at its end and names it.
    """
    from ops_platform.defs.retail import pictures, reports
    from ops_platform.flows.retail import runner

    found = settings.get()
    now = as_of(context.run.tags, found.retail.timezone)
    wanted = [automation for key, automation in keys.BY_KEY.items() if key in context.selected_asset_keys]
    with database.for_step() as db, store(found) as systems:
        run = runner.Run(now, run_id=context.run.run_id, progress=context.log.info)
        outcomes = runner.run_automations(db, systems, wanted, run)
        for observation in reports.seen(outcomes):
            context.log_event(observation)
        for outcome in outcomes:
            if outcome.status != "failed":
                described = reports.of_outcome(outcome, systems, run) | pictures.of_outcome(db, systems, outcome)
                yield dg.MaterializeResult(asset_key=keys.of_automation(outcome.automation), metadata=described)
        yield from checks.of_automations.answers(context.selected_asset_check_keys, Asked(db, systems, now))
    if lost := reports.troubles(outcomes):
        raise reports.failure_of(lost, len(outcomes) - len(lost))


ASSETS: list[dg.AssetsDefinition | dg.AssetSpec] = [
    *_tables(), *_places(), *_snapshots(), run_automations, *_outcomes()
]  # fmt: skip
