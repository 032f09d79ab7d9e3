"""The ledger of effects: looked after and delivered every few minutes, counted, and checked for what a person must see.

What belongs here: the asset, its checks and its schedule. What does not: recording (the automations do), delivery and
look-ups (flows/effects), and what is told to people (alerts).
"""

# Dagster reads the annotations of contexts and resources as types, so they cannot be postponed here.

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from ops_platform.defs.check_parts import facts, name_of, result
from ops_platform.defs.metadata import listing, table
from ops_platform.defs.operations.maintenance import GROUP, OWNERS
from ops_platform.defs.resources import OpsDatabase, OpsSettings
from ops_platform.defs.verdict import MAX_NAMES, Verdict

if TYPE_CHECKING:
    from ops_platform.flows.effects.orders import Delivered

EFFECTS = dg.AssetKey(["operations", "effects"])
_COLUMNS = ["effect", "kind", "for", "automation", "status", "since", "due", "why"]


def _spec(name: str, why: str) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        name, asset=EFFECTS, description=why, metadata=facts("postgres", group=GROUP, owner=OWNERS[0])
    )


UNKNOWN = _spec(
    "no_effect_is_unknown",
    "Of every effect it is known whether it happened. An unknown one is looked up by itself; what nobody can tell "
    "waits for a person, because doing it again could mean a second mail or coupon.",
)
OVERDUE = _spec(
    "nothing_is_overdue",
    "What is due is done soon. Something that waits for hours means that its system takes nothing, its kind is paused "
    "or its budget is used up; nobody else says so to the customer who waits.",
)
FAILED = _spec(
    "failed_effects_are_looked_at",
    "What was refused for good is looked at by a person, who tries it again or gives it up: somebody wanted it.",
)


@dg.multi_asset(
    name="effects",
    specs=[
        dg.AssetSpec(
            EFFECTS,
            group_name=GROUP,
            owners=OWNERS,
            kinds={"postgres"},
            description="The ledger of everything that leaves the house and happens only once: mails, coupons, new "
            "customers, texts. What is due is done, what died is looked after, what is unknown is looked up.",
        )
    ],
    check_specs=[UNKNOWN, OVERDUE, FAILED],
)
def effects(settings: OpsSettings, database: OpsDatabase) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Deliver what is due and look after the rest; tell where the ledger stands."""
    from ops_platform.defs.retail.store import store
    from ops_platform.flows.effects import looking
    from ops_platform.flows.effects.delivery import deliver
    from ops_platform.flows.effects.orders import orders_of
    from ops_platform.flows.effects.reconciling import reconcile
    from ops_platform.flows.effects.registry import Senders
    from ops_platform.flows.texts.records import keep_sent

    found = settings.get()
    with database.for_step() as db, store(found) as systems:
        senders = Senders(systems)
        looked_after = reconcile(db, senders, orders_of(senders, everybody=True))
        done = deliver(db, senders, orders_of(senders))
        keep_sent(db)  # what Twilio refused now must be known to the next campaign
        counted, oldest = looking.counts(db, found), looking.oldest(db, found)
        yield dg.MaterializeResult(asset_key=EFFECTS, metadata=described(looked_after, done, counted, oldest))
        unknown = looking.open_ones(db, found, ["unknown"])
        overdue = looking.open_ones(db, found, ["planned", "claimed"])
        failed = looking.open_ones(db, found, ["failed"])
    yield result(of_unknown(unknown), **name_of(UNKNOWN))
    yield result(of_overdue(overdue, found.effects.overdue_minutes), **name_of(OVERDUE))
    yield result(of_failed(failed), **name_of(FAILED))


def described(
    looked_after: "Delivered",
    done: "Delivered",
    counted: Sequence[Mapping[str, Any]],
    oldest: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """What a run did, and the ledger as it stands."""
    return {
        **{f"{status} now": count for status, count in sorted(done.statuses.items())},
        "looked after": sum(looked_after.statuses.values()),
        "why kinds wait": listing([f"{kind}: {why}" for kind, why in {**done.waiting, **done.stopped}.items()]) or "-",
        "ledger": table(counted, ["kind", "status", "effects"]),
        "open": table(oldest, ["status", "effects", "since"]),
    }


def of_unknown(rows: Sequence[Mapping[str, Any]]) -> Verdict:
    """A verdict on effects nobody knows the end of."""
    if not rows:
        return Verdict(True, "Of every effect it is known whether it happened.", figures={"unknown": 0})
    return Verdict(
        False,
        f"{len(rows):,} may or may not have happened, the first since {rows[0]['since']:%Y-%m-%d %H:%M}: "
        f"{_names(rows)}. They are looked up by themselves. What stays: see whether it happened, then `ops effects "
        "confirm`, `retry --maybe-twice` or `cancel` (`ops effects why KEY` tells the story).",
        rows,
        {"unknown": len(rows)},
    )


def of_overdue(rows: Sequence[Mapping[str, Any]], minutes: float) -> Verdict:
    """A verdict on effects that have been due for longer than so many minutes."""
    if not rows:
        return Verdict(True, f"Nothing has been due for more than {minutes:,.0f} minutes.", figures={"overdue": 0})
    return Verdict(
        False,
        f"{len(rows):,} have been due for more than {minutes:,.0f} minutes: {_names(rows)}. `ops effects list` says "
        "what is paused; a live system also needs the automation's name in retail.apply.",
        rows,
        {"overdue": len(rows)},
    )


def of_failed(rows: Sequence[Mapping[str, Any]]) -> Verdict:
    """A verdict on effects that were refused for good."""
    if not rows:
        return Verdict(True, "No refused effect waits for a person.", figures={"failed": 0})
    return Verdict(
        False,
        f"{len(rows):,} were refused for good: {_names(rows)}. The first: {rows[0]['why']}. `ops effects retry` tries "
        "one again, `ops effects cancel` gives it up.",
        rows,
        {"failed": len(rows)},
    )


def _names(rows: Sequence[Mapping[str, Any]]) -> str:
    return listing([str(row["effect"]) for row in rows], MAX_NAMES)


effects_delivery = dg.define_asset_job(
    "effects_delivery",
    selection=dg.AssetSelection.assets(EFFECTS),
    description="Deliver effects that are due, look after those that died or are unknown, count and check the ledger.",
)


@dg.schedule(
    name="effects_delivery",
    job=effects_delivery,
    cron_schedule="*/10 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every ten minutes when something is due, and every hour for counts and checks.",
)
def effects_schedule(
    context: dg.ScheduleEvaluationContext, settings: OpsSettings, database: OpsDatabase
) -> dg.RunRequest | dg.SkipReason:
    """Ask for a run when there is something to do; each run costs a record that is kept for months."""
    from ops_platform.adapters.sandbox_address import sandbox_of
    from ops_platform.flows.effects import looking

    moment = context.scheduled_execution_time
    if moment.minute != 0:
        found = settings.get()
        with database.open() as db:
            due = looking.to_do(db, found, sandbox_runs=sandbox_of(found.home) is not None)
        if not due:
            return dg.SkipReason("nothing is due that may be done now")
    return dg.RunRequest(run_key=f"effects {moment:%Y-%m-%d %H:%M}")


ASSETS: list[dg.AssetsDefinition] = [effects]
JOBS = [effects_delivery]
SCHEDULES = [effects_schedule]
