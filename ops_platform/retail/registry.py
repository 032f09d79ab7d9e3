"""The automations of the store, in the order of the owner's list; assets, schedules, jobs and commands come from here.

A new automation is one file in automations/ and one line here.
"""

from __future__ import annotations

from typing import Final

from ops_platform.retail.automation import Automation
from ops_platform.retail.automations import (
    resize_photos,
    set_always_online,
    set_brands,
    set_featured_products,
    set_inactive_products,
    set_related_items,
    set_sort_order,
    set_stock_buffer,
    set_total_sold,
    upload_inventory,
)

AUTOMATIONS: Final[tuple[Automation, ...]] = (
    upload_inventory.AUTOMATION,
    resize_photos.AUTOMATION,
    set_inactive_products.AUTOMATION,
    set_brands.AUTOMATION,
    set_stock_buffer.AUTOMATION,
    set_total_sold.AUTOMATION,
    set_related_items.AUTOMATION,
    set_always_online.AUTOMATION,
    set_sort_order.AUTOMATION,
    set_featured_products.AUTOMATION,
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
