"""What an automation leaves behind once its effects are delivered: lists for people, beside the platform's own records.

What belongs here: which function is called after which automation. What does not: the functions' work (a module each),
and anything that must happen: a hook that fails is told in the outcome, and the effects stay done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ops_platform.adapters.database import Database
from ops_platform.flows.retail.after_customers import write_new_customers
from ops_platform.flows.retail.after_requests import after_lead_followup, after_stock_notifications
from ops_platform.flows.retail.competitors import record_lists
from ops_platform.flows.retail.connectivity import record_check
from ops_platform.flows.retail.report_copies import keep_pages
from ops_platform.flows.retail.systems import Systems
from ops_platform.flows.texts.records import after_texts
from ops_platform.retail.campaigns import automations as campaigns

if TYPE_CHECKING:
    from ops_platform.flows.retail.runner import Outcome, Run

Hook = Callable[[Database, Systems, "Run", "Outcome"], None]

AFTER: Final[dict[str, Hook]] = {
    "new_customers": write_new_customers,
    "internet": record_check,
    "competitor_prices": record_lists,
    "admin_report": keep_pages,
    "item_report": keep_pages,
    "revenue_report": keep_pages,
    "daily_revenue_report": keep_pages,
    "lead_followup": after_lead_followup,
    "stock_notifications": after_stock_notifications,
    **{campaign.name: after_texts for campaign in campaigns.AUTOMATIONS},
}
"""Name of an automation -> what is done after it wrote. Out of the database and not out of the outcome: a run that dies
before its hook is made good by the next one, so a hook has to give the same files every time."""
