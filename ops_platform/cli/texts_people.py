"""`ops texts status`, `stop`, `allow` and `history`: what became of texts, and who wants none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ops_platform.adapters.database import Database
from ops_platform.adapters.ledger import ALL
from ops_platform.adapters.twilio_api import TextError
from ops_platform.cli import effects_words as words
from ops_platform.cli.errors import USAGE, CommandError
from ops_platform.cli.output import heading, indented, line, print_json, print_table, shown, warn
from ops_platform.cli.retail_session import open_store, user
from ops_platform.core.effects import PART
from ops_platform.core.privacy import mask_phone
from ops_platform.flows.effects import deciding
from ops_platform.flows.retail.systems import Systems
from ops_platform.flows.texts import inbound, records
from ops_platform.flows.texts.log_files import write_text_log
from ops_platform.retail.campaigns.opt_out import PLAIN


def status(*, days: int, ask: bool, as_json: bool) -> None:
    """Counts a campaign; Twilio is asked first, and when it does not answer that is said and the known is shown."""
    with open_store() as (platform, systems, now):
        if ask:
            _ask(platform.db, systems)
        paused = paused_texts(platform.db)
        since = (now - timedelta(days=days - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
        is_sandbox = systems.is_sandbox("texts")
        where = {"since": since, "is_sandbox": is_sandbox}
        told = {row["campaign"]: row for row in platform.rows("texts/status", **where)}
        states = platform.rows("texts/effects_by_status", **where)
        store = systems.settings.retail
        log = write_text_log(platform.db, systems.settings.home, now.date(), store.timezone, is_sandbox=is_sandbox)
    rows = _joined(told, states)
    if as_json:
        print_json({"since": since, "campaigns": rows, "log": log, "paused": paused})
        return
    for control in paused:
        warn(words.control(control))
    heading(f"Texts since {since:%Y-%m-%d}")
    columns = ["campaign", "planned", "sent", "delivered", "failed", "open", "opted out", "parts", "cost"]
    print_table("", columns, [_cells(row) for row in rows], right=columns[1:], whole=["campaign"])
    for row in rows:
        for why in row["why_not"]:
            reason = f": {why['reason']}" if why["reason"] else ""
            line(f"{row['campaign']}: {why['texts']:,} {why['status']}{reason}")
    if not rows:
        line("No text was planned in that time.")
    if log is not None:
        line(f"This month's log: {log}")


def stop(phone: str, *, why: str, who: str | None) -> None:
    """Suppress a phone."""
    with open_store() as (platform, _, _now):
        try:
            new = inbound.stop(platform.db, phone, who=user(who), why=why)
        except inbound.NoPhoneError as error:
            raise CommandError(str(error), code=USAGE) from None
    line("No text goes to this phone any more." if new else "This phone gets no texts already.")


def allow(phone: str, *, why: str, who: str | None) -> None:
    """Lift every reason a phone gets no texts."""
    with open_store() as (platform, _, _now):
        try:
            lifted = inbound.allow(platform.db, phone, who=user(who), why=why)
        except inbound.NoPhoneError as error:
            raise CommandError(str(error), code=USAGE) from None
    if lifted:
        line("Texts to this phone are allowed again. If its owner wrote STOP, Twilio wants START from the phone, too.")
    else:
        line("Nothing stopped texts to this phone.")


def history(cust_no: str, *, limit: int, as_json: bool) -> None:
    """Everything about the texts of one customer."""
    with open_store() as (platform, _, _now):
        rows = platform.rows("texts/history", cust_no=cust_no, most=limit)
        phones = sorted({row["target"][-10:] for row in rows})
        heard = [row for digits in phones for row in platform.rows("texts/inbound_of", digits=digits, most=limit)]
        in_sandbox = all(row["is_sandbox"] for row in rows)
        stopped = platform.rows("texts/suppressed", digits=phones, is_sandbox=in_sandbox) if phones else []
    if as_json:
        print_json({"cust_no": cust_no, "texts": rows, "answers": heard, "suppressed": stopped})
        return
    if not rows:
        line(f"No text was ever planned for customer {cust_no}.")
        return
    for row in rows:
        heading(f"{shown(row['claimed_at'] or row['created_at'])}  {row['campaign']}  {_outcome(row)}")
        indented(f"to {mask_phone(row['target'])}{'  (sandbox)' if row['is_sandbox'] else ''}")
        indented(row["body"])
    for row in heard:
        line(f"{shown(row['at'])}  wrote: {row['body']!r} ({row['meaning']})")
    for row in stopped:
        warn(f"{mask_phone(row['digits'])} gets no texts: {row['reason']}, since {shown(row['at'])}")


def answers(*, days: int, everything: bool, limit: int, as_json: bool) -> None:
    """What people wrote back and a person has to read; opt-outs too that were read out of a sentence."""
    with open_store() as (platform, _, now):
        since = now - timedelta(days=days)
        which = {"only_other": not everything, "plain": PLAIN}
        rows = platform.rows("texts/answers", since=since, most=limit, **which)
    if as_json:
        print_json([{**row, "digits": mask_phone(row["digits"])} for row in rows])
        return
    if not rows:
        line("Nobody wrote anything that a person has to read." if not everything else "Nobody wrote anything.")
        return
    print_table(
        "",
        ["when", "customer", "from", "after", "means", "what they wrote"],
        [
            [row["at"], row["cust_no"], mask_phone(row["digits"]), row["campaign"], row["meaning"], row["body"]]
            for row in rows
        ],
        whole=["when", "customer", "from"],
    )


def paused_texts(db: Database) -> list[dict[str, Any]]:
    """The decisions in force by which no text goes, or none of a campaign: kind, who, why, at."""
    return [
        row
        for row in deciding.controls(db)
        if row["control"] == "pause" and row["kind"].partition(PART)[0] in ("text", ALL)
    ]


def _ask(db: Database, systems: Systems) -> None:
    try:
        records.ask_statuses(db, systems)
    except TextError as error:
        warn(records.open_errors(error))


def _joined(told: dict[str, dict[str, Any]], states: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for state in states:
        empty: dict[str, Any] = {"campaign": state["campaign"], "planned": 0, "sent": 0, "others": {}, "why_not": []}
        row = rows.setdefault(state["campaign"], empty)
        row["planned"] += state["texts"]
        if state["status"] == "sent":
            row["sent"] += state["texts"]
            continue
        row["others"][state["status"]] = row["others"].get(state["status"], 0) + state["texts"]
        row["why_not"].append({name: state[name] for name in ("status", "reason", "texts")})
    for name, row in rows.items():
        found = told.get(name, {})
        row |= {key: found.get(key, 0) for key in ("delivered", "failed", "open", "opted_out", "segments")}
        row["price"] = found.get("price")
    return [rows[name] for name in sorted(rows)]


def _cells(row: dict[str, Any]) -> list[Any]:
    names = ("campaign", "planned", "sent", "delivered", "failed", "open", "opted_out", "segments")
    return [*(row[name] for name in names), None if row["price"] is None else f"${row['price']:.2f}"]


def _outcome(row: dict[str, Any]) -> str:
    if row["status"] == "sent":
        code = f" (Twilio {row['code']})" if row["code"] else ""
        return f"{row['delivery'] or 'sent'}{code}"
    return f"{row['status']}: {row['reason']}" if row["reason"] else str(row["status"])
