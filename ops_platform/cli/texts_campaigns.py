"""`ops texts list`, `preview` and `send`: the campaigns."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from ops_platform.adapters.ledger import ALL
from ops_platform.cli import effects_words as words
from ops_platform.cli import retail_work
from ops_platform.cli.errors import USAGE, CommandError
from ops_platform.cli.output import heading, line, print_json, print_table, shown, warn, working
from ops_platform.cli.retail_session import open_store
from ops_platform.cli.texts_people import paused_texts
from ops_platform.core.effects import PART
from ops_platform.core.privacy import mask_phone
from ops_platform.core.text import nearest_name
from ops_platform.flows.retail.gather import Gathered
from ops_platform.flows.retail.runner import Run, may_write
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail.campaigns import automations
from ops_platform.retail.campaigns.audience import REASONS, counted
from ops_platform.retail.campaigns.catalogue import CAMPAIGNS
from ops_platform.retail.campaigns.model import Campaign, as_set
from ops_platform.retail.campaigns.planning import TextPlan, texts_of_day
from ops_platform.settings import load_settings

_SHOWN: Final = 20
_COUNTS_FROM: Final = {
    "first_sale": "after the first purchase",
    "last_sale": "after the last purchase",
    "birth_month": "on the first of the birthday's month",
}


def list_campaigns(*, as_json: bool) -> None:
    """Every campaign with its last run."""
    with open_store() as (platform, systems, now):
        newest = {row["automation"]: row for row in platform.rows("retail/newest_runs")}
        paused = paused_texts(platform.db)
        why_paused = {row["kind"]: f"{row['who']}: {row['why']}" for row in paused}
        rows = [_listed(campaign, systems, newest, now) for campaign in CAMPAIGNS]
        for row in rows:
            concerned = (f"text{PART}{row['name']}", "text", ALL)
            row["paused"] = next((why_paused[kind] for kind in concerned if kind in why_paused), None)
    if as_json:
        print_json(rows)
        return
    for control in paused:
        warn(words.control(control))
    print_table(
        "",
        ["campaign", "for", "when", "picture", "texts", "last run"],
        [
            [
                row["name"],
                f"{(row['category'] or 'every').lower()} customers",
                row["when"],
                row["media"],
                row["mode"],
                None if row["last_status"] is None else f"{shown(row['last_run'])} {row['last_status']}",
            ]
            for row in rows
        ],
        whole=["campaign"],
    )
    if all(row["mode"].startswith("sandbox") for row in rows):
        line("Texts go to the sandbox only (ops.yaml: retail.texts.mode).")


def preview(name: str, *, day: date | None, show: bool, as_json: bool) -> None:
    """Who would get what on a day, and who would not."""
    campaign = _campaign(name)
    with open_store() as (platform, systems, now), working("reading"):
        settings = systems.settings.retail
        gathered = Gathered(platform.db, systems)
        needs = automations.needs(campaign, settings, now)
        if not needs:
            raise CommandError(f"{name} is switched off (retail.texts.campaigns.{name}.enabled).", code=USAGE)
        inputs = {what: gathered.frame(need) for what, need in needs.items()}
        chosen = as_set(campaign, settings.texts.campaigns.get(name))
        planned = texts_of_day(chosen, inputs, settings, day or now.date(), now=None)
    if as_json:
        print_json(_document(campaign, day or now.date(), planned, show=show))
        return
    _print_preview(campaign, day or now.date(), planned, show=show)


def send(name: str, *, as_json: bool) -> None:
    """Run the automation of a campaign."""
    automation, store = automations.name_of(_campaign(name)), load_settings().retail
    if store.texts.mode == "live" and automation not in store.apply:
        # What has to wait (a recipient's morning, a busy time) is sent by the schedule, which passes this one over.
        raise CommandError(
            f"{automation} is not in retail.apply, so texts that have to wait today would never go. Name it there; "
            f"`ops texts preview {name}` shows who would get one.",
            code=USAGE,
        )
    retail_work.run([automation], every=False, apply=True, as_json=as_json)


def _campaign(name: str) -> Campaign:
    wanted = name.removeprefix(automations.PREFIX)
    names = [campaign.name for campaign in CAMPAIGNS]
    if wanted in names:
        return CAMPAIGNS[names.index(wanted)]
    near = nearest_name(wanted, names)
    hint = f" Did you mean {near}?" if near else ""
    raise CommandError(f"There is no campaign {name!r}.{hint} There are: {', '.join(names)}", code=USAGE)


def _listed(campaign: Campaign, systems: Systems, newest: dict[str, Any], now: datetime) -> dict[str, Any]:
    settings = systems.settings.retail.texts.campaigns.get(campaign.name)
    chosen, automation = as_set(campaign, settings), automations.name_of(campaign)
    (found,) = (each for each in automations.AUTOMATIONS if each.name == automation)
    mode = "sandbox" if systems.is_sandbox("texts") else "live"
    if not may_write(found, "texts", systems, Run(now)):
        mode += ", only planned"
    last = newest.get(automation, {})
    return {
        "name": campaign.name,
        "title": campaign.title,
        "description": campaign.description,
        "category": chosen.category,
        "date_column": chosen.date_column,
        "days_after": chosen.days_after,
        "at": chosen.at,
        "when": _when(chosen),
        "media": chosen.media,
        "enabled": settings is None or settings.enabled,
        "mode": mode if settings is None or settings.enabled else "switched off",
        "last_run": last.get("created_at"),
        "last_status": last.get("status"),
    }


def _when(campaign: Campaign) -> str:
    counted_from = _COUNTS_FROM[campaign.date_column]
    if campaign.date_column == "birth_month":
        return f"{campaign.at:%H:%M} {counted_from}"
    days = "1 day" if campaign.days_after == 1 else f"{campaign.days_after} days"
    returning = ", when it is not the first" if campaign.returning else ""
    return f"{campaign.at:%H:%M}, {days} {counted_from}{returning}"


def _document(campaign: Campaign, day: date, planned: TextPlan, *, show: bool) -> dict[str, Any]:
    return {
        "campaign": campaign.name,
        "date": day,
        "counts": counted(planned.audience),
        "texts": [
            {
                "cust_no": row["payload"]["cust_no"],
                "to": row["target"] if show else mask_phone(row["target"]),
                "due_at": row["due_at"],
                "not_after": row["not_after"],
                "segments": row["payload"]["segments"],
                "media": row["payload"]["media"],
                "body": row["payload"]["body"],
            }
            for row in planned.effects.to_dict("records")
        ],
        "not_texted": [
            {"cust_no": row["cust_no"], "why": row["why_not"]}
            for row in planned.audience.to_dict("records")
            if row["why_not"] is not None
        ],
    }


def _print_preview(campaign: Campaign, day: date, planned: TextPlan, *, show: bool) -> None:
    counts = counted(planned.audience)
    texts = planned.effects
    parts = sum(payload["segments"] for payload in texts["payload"])
    heading(f"{campaign.title}, {day:%A %Y-%m-%d}: {len(texts):,} texts in {parts:,} parts")
    rows = [
        [
            payload["cust_no"],
            target if show else mask_phone(target),
            due,
            payload["segments"],
            payload["body"] + "".join(f"\n[picture {url}]" for url in payload["media"]),
        ]
        for target, due, payload in zip(texts["target"], texts["due_at"], texts["payload"], strict=True)
    ]
    cells = rows[:_SHOWN]
    if len(rows) > _SHOWN:
        cells.append([f"and {len(rows) - _SHOWN:,} more", "", "", "", ""])
    if cells:
        print_table(
            "", ["customer", "to", "when", "parts", "text"], cells, right=["parts"], whole=["customer", "to", "when"]
        )
    refused = {code: count for code, count in counts.items() if code != "eligible"}
    if refused:
        print_table(
            "Who gets none",
            ["customers", "why", "what it means"],
            [[count, code, REASONS[code]] for code, count in refused.items()],
            right=["customers"],
            whole=["why"],
        )
    if not len(planned.audience):
        line("Nobody's dates select them for that day.")
