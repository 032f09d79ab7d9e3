"""Item 1: who asks for a design and is no customer yet becomes one at the point of sale."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from ops_platform.core.effect_keys import NEW_CUSTOMER
from ops_platform.core.effect_keys import new_customer as key_of
from ops_platform.core.effects import effect_set
from ops_platform.retail.automation import Automation, Inputs, Need, Plan, note
from ops_platform.retail.customer_needs import Customers, LastSuccess
from ops_platform.retail.customer_rows import first_day, too_many
from ops_platform.retail.known_customers import known_customers
from ops_platform.retail.leads_to_customers import NewCustomer, new_customer
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.request_needs import EffectStates, Leads
from ops_platform.retail.rows import lookup
from ops_platform.settings_retail import RetailSettings

NAME: Final = "new_customers"
_OVER: Final = frozenset({"failed", "cancelled", "expired", "suppressed"})
"""How an effect ended that made no customer: the next lead of the same person has its turn."""


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Leads, customers, and what became of the customers that were to be made before."""
    return {
        "leads": Leads(),
        "customers": Customers(),
        "recorded": EffectStates(NEW_CUSTOMER),
        "last_success": LastSuccess(NAME),
    }


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """A customer for each person of the leads who has neither the address nor the phone of one.

    Of several leads of a person the first makes the customer. Leads of yesterday are looked at as well, and after a
    standstill all since the last run: one that came at 23:45 is not lost, and nobody is made twice.
    """
    rules = settings.new_customers
    since = first_day(as_of, rules.lookback_days, inputs["last_success"], settings.timezone)
    leads = [
        lead for lead in inputs["leads"].to_dict("records")
        if lead["received_at"].date() >= since and lead["received_at"] <= as_of
    ]  # fmt: skip
    known = known_customers(inputs["customers"])
    states = lookup(inputs["recorded"], "status")
    effects: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    found, rejected = 0, 0
    for lead in sorted(leads, key=lambda each: (each["received_at"], each["lead_id"])):
        made = new_customer(lead, settings.counterpoint_api)
        key = key_of(lead["lead_id"])
        if known.of(made.email, made.phone) is not None:
            found += 1
            continue
        notes += made.notes
        if made.fields is None:
            rejected += 1
        elif states.get(key) not in _OVER:
            known.add(key, email=made.email, phone=made.phone)
            effects.append(_effect(key, lead, made))
    if settings.counterpoint.mode != settings.counterpoint_api.mode:
        modes = f"counterpoint is {settings.counterpoint.mode}, counterpoint_api {settings.counterpoint_api.mode}"
        notes.append(note("api_of_another_store", "counterpoint_api", modes))
        effects = []
    return Plan(
        effects=effect_set(effects),
        notes=notes_frame(notes),
        considered=len(leads),
        held=too_many(len(effects), rules.max_new, what="customers would be made", setting=f"{NAME}.max_new"),
        figures={"known_already": found, "new": len(effects), "rejected": rejected},
    )


def _effect(key: str, lead: Mapping[Any, Any], made: NewCustomer) -> dict[str, Any]:
    return {
        "key": key,
        "kind": "customer",
        "target": lead["lead_id"],
        "payload": dict(made.fields or {}),
        # A rule about names may change while a customer waits to be made: the first wording counts.
        "keep_first": True,
        "label": f"lead of {lead['received_at']:%Y-%m-%d %H:%M}",
        "reason": "nobody has its address or its phone",
    }


AUTOMATION = Automation(
    name=NAME,
    number=1,
    title="Create new customers",
    description="Makes customers of the point of sale of leads whose address and phone are nobody's yet.",
    cron="0,30 * * * *",
    targets=("counterpoint_api",),
    needs=needs,
    plan=plan,
)
