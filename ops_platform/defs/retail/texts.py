"""What became of the texts: asked of Twilio every hour, counted by campaign, and checked.

What belongs here: the asset, its checks and its schedule. What does not: planning and sending (the campaigns are
automations like the others), and asking Twilio (flows/texts).
"""

# Dagster reads the annotations of contexts and resources as types, so they cannot be postponed here.

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg

from ops_platform.core.effects import PART
from ops_platform.defs.check_parts import facts, name_of, result
from ops_platform.defs.clock import as_of
from ops_platform.defs.metadata import percent, table
from ops_platform.defs.plots import picture, stacked_plot
from ops_platform.defs.resources import OpsDatabase, OpsSettings
from ops_platform.defs.retail import keys
from ops_platform.defs.retail.schedules import ZONE
from ops_platform.defs.retail.store import store
from ops_platform.defs.verdict import Verdict
from ops_platform.retail.campaigns.automations import AUTOMATIONS

if TYPE_CHECKING:
    from ops_platform.flows.texts.records import Told
    from ops_platform.settings_retail_texts import TextsSettings

OUTCOMES = dg.AssetKey([keys.GROUP, "text_outcomes"])
_COLUMNS = ["campaign", "texts", "delivered", "failed", "open", "opted_out", "segments", "price"]
_LOGGED_ON_DAYS = 4
_FEW = 20  # of fewer texts no share says anything
_REPLIES_EVERY = 3  # hours in which Twilio is asked for replies while no text is open and no webhook tells them
_LAST_HOUR = 22


def _spec(name: str, why: str) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        name, asset=OUTCOMES, description=why, metadata=facts("api", group=keys.GROUP, owner=keys.OWNERS[0])
    )


DELIVERED = _spec(
    "texts_are_delivered",
    "Texts reach phones. A share that sinks means that carriers filter them, or that the phones on file are old; each "
    "text is paid for all the same.",
)
OPT_OUTS = _spec(
    "few_people_opt_out",
    "People who stop texts cannot be texted again. A campaign that drives many away says the wrong thing or too often.",
)
PICTURES = _spec(
    "pictures_can_be_fetched",
    "Twilio fetches the coupons' pictures itself. Without its picture a coupon text is not sent at all.",
)
HOURS = _spec(
    "no_text_outside_quiet_hours",
    "No text went at an hour at which the law of the recipient's place forbids it. One that did is a defect, and may "
    "be dear.",
)


@dg.multi_asset(
    name="text_outcomes",
    specs=[
        dg.AssetSpec(
            OUTCOMES,
            deps=[keys.of_automation(automation) for automation in AUTOMATIONS],
            group_name="retail_texts",
            owners=keys.OWNERS,
            kinds={"api", "postgres"},
            description="What became of every text: delivered or not and why, what it cost, who opted out; phones that "
            "turned out to be landlines get no more. Also the month's log as a CSV file.",
        )
    ],
    check_specs=[DELIVERED, OPT_OUTS, PICTURES, HOURS],
)
def text_outcomes(
    context: dg.AssetExecutionContext, settings: OpsSettings, database: OpsDatabase
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Ask Twilio what became of open texts; tell and judge the last days."""
    from ops_platform.flows.texts import outcomes, records
    from ops_platform.flows.texts.log_files import write_text_log

    found = settings.get()
    now = as_of(context.run.tags, found.retail.timezone)
    with database.for_step() as db, store(found) as systems:
        told = records.ask_statuses(db, systems)
        is_sandbox = systems.is_sandbox("texts")
        log = None
        for month in months_to_log(now.date()):
            log = write_text_log(db, found.home, month, found.retail.timezone, is_sandbox=is_sandbox) or log
        campaigns, days = outcomes.of_days(db, systems, now)
        late, pictures = outcomes.out_of_hours(db, systems), outcomes.bad_pictures(systems)
    yield dg.MaterializeResult(asset_key=OUTCOMES, metadata=described(told, campaigns, days, log, now.date()))
    yield result(of_delivery(campaigns, found.retail.texts, told.paused), **name_of(DELIVERED))
    yield result(of_opt_outs(campaigns, found.retail.texts), **name_of(OPT_OUTS))
    yield result(of_pictures(pictures), **name_of(PICTURES))
    yield result(of_hours(late), **name_of(HOURS))


def described(
    told: "Told", campaigns: Sequence[Mapping[str, Any]], days: Sequence[Mapping[str, Any]], log: Any, today: date
) -> dict[str, Any]:
    """The run, and the last thirty days by campaign."""
    return {
        "asked about": told.asked,
        "changed": told.changed,
        "phones that cannot be texted": told.suppressed,
        "replies": told.heard,
        "paused": "; ".join(f"{kind}: {why}" for kind, why in told.paused.items()) or "-",
        "texts in 30 days": sum(int(row["texts"]) for row in campaigns),
        "cost in 30 days": float(sum(row["price"] or 0 for row in campaigns)),
        "campaigns": table(campaigns, _COLUMNS),
        "texts a day": picture(trend(days, today), "texts a day"),
        **({"log": dg.MetadataValue.path(str(log))} if log is not None else {}),
    }


def months_to_log(today: date) -> list[date]:
    """The months whose log may still change: what became of a text of the 31st is known in the next one."""
    first = today.replace(day=1)
    return [*([(first - timedelta(days=1)).replace(day=1)] if today.day <= _LOGGED_ON_DAYS else []), first]


def trend(rows: Sequence[Mapping[str, Any]], today: date) -> bytes:
    """Draw texts a day, the campaigns upon each other. rows: day, campaign, texts."""
    days = [today - timedelta(days=back) for back in range(29, -1, -1)]
    counted = {(row["day"], row["campaign"]): float(row["texts"]) for row in rows}
    names = sorted({row["campaign"] for row in rows})
    series = {name: [counted.get((day, name), 0.0) for day in days] for name in names}
    total = int(sum(counted.values()))
    return stacked_plot(days, series, f"texts a day, {total:,} in 30 days")


def of_delivery(
    campaigns: Sequence[Mapping[str, Any]], texts: "TextsSettings", paused: Mapping[str, str] | None = None
) -> Verdict:
    """A verdict on the share of texts that did not arrive, of those whose end is known.

    paused: what the platform stopped, all texts or a campaign's (text:birthday), and why.
    """
    ended = sum(row["delivered"] + row["failed"] for row in campaigns)
    failed = sum(row["failed"] for row in campaigns)
    share = percent(failed, ended) if ended else 0.0
    figures = {"ended": int(ended), "failed": int(failed), "percent failed": share}
    if paused:
        said = "; ".join(
            f"{_stopped(kind)} stopped: {why}. Put it right, then `ops resume {kind}`" for kind, why in paused.items()
        )
        return Verdict(False, f"{said}.", figures=figures, is_error=True)
    if ended < _FEW or failed <= texts.max_delivery_failures * ended:
        return Verdict(True, f"{failed:,} of {ended:,} texts did not arrive.", figures=figures)
    rows = [{"campaign": row["campaign"], "failed": row["failed"], "texts": row["texts"]} for row in campaigns]
    return Verdict(
        False,
        f"{failed:,} of {ended:,} texts did not arrive ({share:g}%). `ops texts history CUSTOMER` shows Twilio's code: "
        "30007 means filtered, 30034 not registered, 30003 and 30006 phones that are off or landlines.",
        rows,
        figures,
    )


def _stopped(kind: str) -> str:
    campaign = kind.partition(PART)[2]
    return f"The texts of {campaign} are" if campaign else "Texts are"


def of_opt_outs(campaigns: Sequence[Mapping[str, Any]], texts: "TextsSettings") -> Verdict:
    """A verdict on campaigns that drive people away."""
    figures = {"opted out": int(sum(row["opted_out"] for row in campaigns))}
    many = [
        {"campaign": row["campaign"], "opted_out": row["opted_out"], "texts": row["texts"]}
        for row in campaigns
        if row["texts"] >= _FEW and row["opted_out"] > texts.max_opt_outs * row["texts"]
    ]
    if not many:
        return Verdict(True, f"{figures['opted out']:,} people opted out in 30 days.", figures=figures)
    names = ", ".join(f"{row['campaign']} ({row['opted_out']} of {row['texts']})" for row in many)
    return Verdict(False, f"More than {texts.max_opt_outs:.0%} opted out after: {names}.", many, figures)


def of_pictures(problems: Sequence[Mapping[str, Any]]) -> Verdict:
    """A verdict on the campaigns' pictures."""
    if not problems:
        return Verdict(True, "Every campaign's picture can be fetched.", figures={"problems": 0})
    first = problems[0]
    return Verdict(
        False, f"{first['campaign']}: {first['problem']}", problems, {"problems": len(problems)}, is_error=True
    )


def of_hours(rows: Sequence[Mapping[str, Any]]) -> Verdict:
    """A verdict on the hours of the last day's texts."""
    if not rows:
        return Verdict(
            True, "Every text of the last day went at an hour its recipient's place allows.", figures={"texts": 0}
        )
    return Verdict(
        False,
        f"{len(rows):,} texts went outside the hours of their place, the first {rows[0]['text']}. Pause texts (`ops "
        "pause text`) and report it.",
        rows,
        {"texts": len(rows)},
        is_error=True,
    )


text_statuses = dg.define_asset_job(
    "text_statuses",
    selection=dg.AssetSelection.assets(OUTCOMES),
    description="Ask Twilio what became of texts; count, draw and check the last thirty days.",
)


@dg.schedule(
    name="text_statuses",
    job=text_statuses,
    cron_schedule="20 8-22 * * *",
    execution_timezone=ZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every hour of the day while texts are open; without a webhook every third one for what people wrote; "
    "and once in the evening for counts and checks.",
)
def text_statuses_schedule(
    context: dg.ScheduleEvaluationContext, settings: OpsSettings, database: OpsDatabase
) -> dg.RunRequest | dg.SkipReason:
    """Ask for a run when something is open; each run costs a record that is kept for months."""
    from ops_platform.adapters.sandbox_address import sandbox_of

    moment, found = context.scheduled_execution_time, settings.get()
    is_sandbox = found.retail.texts.mode == "sandbox"
    if is_sandbox and sandbox_of(found.home) is None:
        return dg.SkipReason("retail.texts.mode is sandbox, and no sandbox is running: `ops sandbox` starts one")
    with database.open() as db:
        (open_ones,) = db.frame("texts/open_messages", is_sandbox=is_sandbox).to_dict("records")
        (replies,) = db.frame("texts/replies_since", is_sandbox=is_sandbox).to_dict("records")
    wants_replies = not found.retail.texts.webhook_url and replies["since"] is not None
    if not open_ones["texts"] and not is_time_to_look(moment.hour, wants_replies=wants_replies):
        return dg.SkipReason("of every text it is known what became of it")
    return dg.RunRequest(run_key=f"text_statuses {moment:%Y-%m-%d %H:%M %z}")


def is_time_to_look(hour: int, *, wants_replies: bool) -> bool:
    """Whether Twilio is asked though no text is open. wants_replies: nothing else tells what people wrote."""
    return hour == _LAST_HOUR or (wants_replies and (_LAST_HOUR - hour) % _REPLIES_EVERY == 0)


ASSETS: list[dg.AssetsDefinition] = [text_outcomes]
JOBS = [text_statuses]
SCHEDULES = [text_statuses_schedule]
