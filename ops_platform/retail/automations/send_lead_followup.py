"""Item 17: every morning the sales team gets one mail with yesterday's leads, and with those of the early morning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ops_platform.core import effect_keys
from ops_platform.core.effects import effect_set
from ops_platform.retail.automation import Automation, Inputs, Need, Plan, note
from ops_platform.retail.customer_needs import Customers, LastSuccess
from ops_platform.retail.customer_rows import first_day
from ops_platform.retail.known_customers import Known, known_customers
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.people import phone_digits
from ops_platform.retail.request_needs import EffectStates, FollowedUp, Leads, RejectedLeads
from ops_platform.retail.rows import lookup
from ops_platform.retail.shared_rows import reject_notes
from ops_platform.settings_retail import RetailSettings

NAME: Final = "lead_followup"
TEMPLATE: Final = "followup_leads"
_LOST: Final = frozenset({"failed", "expired", "suppressed"})
"""How a mail ended that nobody got: its leads stand in the next one."""


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Leads as far back as a standstill may reach, who of them was mailed about, and who is a customer by now."""
    since = as_of.date() - timedelta(days=settings.lead_followup.catch_up_days)
    return {
        "leads": Leads(since),
        "rejected": RejectedLeads(),
        "followed_up": FollowedUp(),
        "last_success": LastSuccess(NAME),
        "customers": Customers(),
        "made_customers": EffectStates(effect_keys.NEW_CUSTOMER),
    }


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """One mail about the leads since yesterday's midnight that no mail was about; no leads, no mail.

    A lead of this morning that stands in today's mail is not in tomorrow's. After a standstill the mail goes back to
    the last one (at most `catch_up_days`), and a lead whose mail failed stands in the next.
    """
    rules = settings.lead_followup
    since = first_day(as_of, 1, inputs["last_success"], settings.timezone)
    done, lost = _by_fate(inputs)
    all_leads: list[dict[Any, Any]] = inputs["leads"].to_dict("records")
    leads = [
        lead
        for lead in all_leads
        if lead["received_at"] <= as_of
        and lead["lead_id"] not in done
        and (lead["received_at"].date() >= since or lead["lead_id"] in lost)
    ]
    notes = reject_notes(inputs["rejected"])
    if leads and not rules.recipients:
        notes.append(note("leads_without_reader", f"{NAME}.recipients", f"{len(leads):,} leads wait to be read"))
    effects = [_mail(leads, inputs, rules.recipients, as_of)] if leads and rules.recipients else []
    return Plan(
        effects=effect_set(effects),
        records={"rejected_rows": inputs["rejected"]},
        notes=notes_frame(notes),
        considered=len(all_leads),
        figures={"leads": len(leads), "rejected": len(inputs["rejected"])},
    )


def _by_fate(inputs: Inputs) -> tuple[set[str], set[str]]:
    """The leads a mail is or was about, and those whose mails all were lost."""
    fates = list(zip(inputs["followed_up"]["lead_id"], inputs["followed_up"]["status"], strict=True))
    done = {lead for lead, status in fates if status not in _LOST}
    return done, {lead for lead, _ in fates} - done


def _mail(leads: Iterable[Mapping[Any, Any]], inputs: Inputs, to: tuple[str, ...], as_of: datetime) -> dict[str, Any]:
    known = known_customers(inputs["customers"])
    made = lookup(inputs["made_customers"], "status")
    shown = [_lead(lead, known, made) for lead in leads]
    ids = [lead["lead_id"] for lead in shown]
    return {
        "key": effect_keys.lead_followup(as_of.date(), ids),
        "kind": "email",
        "target": ", ".join(to),
        "payload": {
            "template": TEMPLATE,
            "to": list(to),
            "context": {"day": as_of.date().isoformat(), "lead_ids": ids, "leads": shown},
            "kind_of_mail": "staff",
        },
        "keep_first": True,
        "label": f"{len(shown)} leads of {as_of:%Y-%m-%d}",
        "reason": "they came since the last mail",
    }


def _lead(lead: Mapping[Any, Any], known: Known, made: Mapping[str, str]) -> dict[str, Any]:
    """A lead as the template shows it."""
    number = known.of(lead["email"], lead["phone"])
    if number is None:
        customer = "unknown"
    else:
        customer = "created" if made.get(effect_keys.new_customer(lead["lead_id"])) == "sent" else "found"
    name = " ".join(filter(None, (lead["first_name"], lead["last_name"])))
    region = " ".join(filter(None, (lead["state"], lead["zip_code"])))
    return {
        "lead_id": lead["lead_id"],
        "name": name or "No name given",
        "received_at": lead["received_at"].isoformat(),
        "email": lead["email"],
        "phone": lead["phone"],
        "phone_digits": phone_digits(lead["phone"]),
        "address": ", ".join(filter(None, (lead["street"], lead["city"], region))) or None,
        "goals": list(lead["interested_in"]),
        "timeline": lead["timeline"],
        "is_urgent": (lead["timeline"] or "").casefold() == "today",
        "comments": lead["comments"],
        "customer_no": number,
        "customer": customer,
    }


AUTOMATION = Automation(
    name=NAME,
    number=17,
    title="Send lead follow-up",
    description="Mails the sales team the leads since yesterday, each once, with whether they are customers already.",
    cron="0 7 * * *",
    targets=("mail",),
    needs=needs,
    plan=plan,
    after=("new_customers",),
)
