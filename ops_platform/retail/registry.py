"""The automations of the store, in the order of the owner's list; assets, schedules, jobs and commands come from here.

A new automation is one file in automations/ and one line here; a new text campaign an entry of campaigns/catalogue.py.
"""

from __future__ import annotations

from typing import Final

from ops_platform.retail.automation import Automation
from ops_platform.retail.automations import (
    back_up,
    check_internet,
    create_customers,
    delete_expired_coupons,
    export_email_lists,
    fix_negative_balances,
    move_landlines,
    notify_back_in_stock,
    remove_wholesale_loyalty,
    resize_photos,
    restore_sale_dates,
    scrape_competitors,
    send_admin_report,
    send_daily_revenue_report,
    send_item_report,
    send_lead_followup,
    send_revenue_report,
    set_always_online,
    set_brands,
    set_contact_1,
    set_featured_products,
    set_inactive_products,
    set_related_items,
    set_sort_order,
    set_stock_buffer,
    set_total_sold,
    upload_inventory,
)
from ops_platform.retail.campaigns import automations as campaigns

AUTOMATIONS: Final[tuple[Automation, ...]] = (
    create_customers.AUTOMATION,
    set_contact_1.AUTOMATION,
    check_internet.AUTOMATION,
    upload_inventory.AUTOMATION,
    resize_photos.AUTOMATION,
    set_inactive_products.AUTOMATION,
    set_brands.AUTOMATION,
    set_stock_buffer.AUTOMATION,
    export_email_lists.AUTOMATION,
    set_total_sold.AUTOMATION,
    set_related_items.AUTOMATION,
    set_always_online.AUTOMATION,
    set_sort_order.AUTOMATION,
    set_featured_products.AUTOMATION,
    send_admin_report.AUTOMATION,
    send_item_report.AUTOMATION,
    send_revenue_report.AUTOMATION,
    send_daily_revenue_report.AUTOMATION,
    send_lead_followup.AUTOMATION,
    notify_back_in_stock.AUTOMATION,
    delete_expired_coupons.AUTOMATION,
    scrape_competitors.AUTOMATION,
    back_up.AUTOMATION,
    restore_sale_dates.AUTOMATION,
    remove_wholesale_loyalty.AUTOMATION,
    fix_negative_balances.AUTOMATION,
    *campaigns.AUTOMATIONS,
    move_landlines.AUTOMATION,
)


class UnknownAutomationError(ValueError):
    """No automation has this name; the message lists those there are."""


def by_name(name: str) -> Automation:
    """The automation of a name such as total_sold; UnknownAutomationError when there is none."""
    for automation in AUTOMATIONS:
        if automation.name == name:
            return automation
    known = ", ".join(automation.name for automation in AUTOMATIONS)
    raise UnknownAutomationError(f"There is no automation {name!r}. There are: {known}")
