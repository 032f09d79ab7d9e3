"""Item 17: every morning the sales team gets one mail with yesterday's leads, and with those of the early morning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from ops_platform.core import effect_keys
from ops_platform.core.effects import effect_set
from ops_platform.retail.automation import Automation, Inputs, Need, Plan, note
from ops_platform.retail.customer_needs import Customers, FirstSuccess
from ops_platform.retail.known_customers import Known, known_customers
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.people import phone_digits
from ops_platform.retail.request_needs import EffectStates, FollowedUp, Leads, RejectedLeads
from ops_platform.retail.rows import lookup
from ops_platform.retail.shared_rows import reject_notes
from ops_platform.settings_retail import RetailSettings

if TYPE_CHECKING:
    import pandas as pd

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
        "first_success": FirstSuccess(NAME),
        "customers": Customers(),
        "made_customers": EffectStates(effect_keys.NEW_CUSTOMER),
    }


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """One mail about the leads that no mail was about: yesterday's, this morning's, and those that had to wait.

    A lead of this morning that stands in today's mail is not in tomorrow's. What came while nothing could be mailed,
    because the machine stood still or nobody was named who reads it, is taken as far back as `catch_up_days`; a lead
    whose mail failed stands in the next. No leads, no mail.
    """
    rules = settings.lead_followup
    all_leads: list[dict[Any, Any]] = inputs["leads"].to_dict("records")
    leads = [lead for lead in _waiting(all_leads, inputs, settings, as_of) if lead["received_at"] <= as_of]
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


def _waiting(
    leads: Iterable[dict[Any, Any]], inputs: Inputs, settings: RetailSettings, as_of: datetime
) -> Iterator[dict[Any, Any]]:
    """The leads that a mail is still to be about."""
    yesterday = as_of.date() - timedelta(days=1)
    begun = _begun(inputs, yesterday, settings.timezone)
    fates = inputs["followed_up"]
    here = fates[~fates["is_elsewhere"].astype(bool)]
    done, tried = _mailed(here), _mailed(fates)
    lost = set(here["lead_id"]) - done
    for lead in leads:
        lead_id, day = lead["lead_id"], lead["received_at"].date()
        if lead_id in done:
            continue
        # What was tried in the sandbox is mailed for real while it is new. Older ones would come back in a heap on the
        # day the real mail is switched on.
        if day >= yesterday or lead_id in lost or (day >= begun and lead_id not in tried):
            yield lead


def _begun(inputs: Inputs, yesterday: date, zone: str) -> date:
    """The first day whose leads are ours: a first run takes yesterday's, those before were mailed without us."""
    first = [moment.astimezone(ZoneInfo(zone)).date() for moment in inputs["first_success"]["as_of"]]
    return min([yesterday, *(day - timedelta(days=1) for day in first)])


def _mailed(fates: pd.DataFrame) -> set[str]:
    """The leads that a mail is or was about."""
    return set(fates.loc[~fates["status"].isin(_LOST), "lead_id"])


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
