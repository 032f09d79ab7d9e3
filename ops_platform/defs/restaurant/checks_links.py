"""Questions about the menu, the links to it, the queue and the sales. checks.py says how checks work here."""

from __future__ import annotations

from decimal import Decimal

from ops_platform.defs.restaurant import keys, verdicts_links
from ops_platform.defs.restaurant.check_parts import Asked, Questions
from ops_platform.defs.verdict import Verdict

LOW_CONFIDENCE = 80.0  # what the design's index calls low
LOW_CONFIDENCE_ALLOWED = 0.02
QUEUE_NAMES_ALLOWED = 100
QUEUE_REVENUE_ALLOWED = 0.1


def menu_is_whole(asked: Asked) -> Verdict:
    """Every item of the menu has a size, every size a price. A line is linked to a size or not at all."""
    from ops_platform.flows.restaurant.summaries import sizes

    return verdicts_links.menu(asked.rows("check_menu"), sizes(asked.connection)["menu_items"])


def aliases_are_on_the_menu(asked: Asked) -> Verdict:
    """What people decided about names is still on the menu. A decision goes on linking, also to what is not sold."""
    names = sum(row["names"] for row in asked.rows("summary_aliases"))
    return verdicts_links.aliases(asked.rows("check_aliases"), names)


def lines_are_linked(asked: Asked) -> Verdict:
    """Few lines of these days have no link (setting restaurant.unmatched_warn_ratio). Sales by item lack the others."""
    return verdicts_links.linked(asked.links.get("item"), "lines", limit=asked.shop.unmatched_warn_ratio)


def links_are_sure(asked: Asked) -> Verdict:
    """Few lines of these days are linked with a confidence below 80. A wrong link counts sales on the wrong item."""
    counts = asked.counts
    found = asked.of_days("check_low_confidence", limit=LOW_CONFIDENCE)
    return verdicts_links.sure(
        found, counts["lines"] + counts["addons"], limit=LOW_CONFIDENCE, allowed=LOW_CONFIDENCE_ALLOWED
    )


def sizes_fit_their_items(asked: Asked) -> Verdict:
    """Every link of these days has a size, one its item is sold in. Else tubs and scoops are counted together."""
    counts = asked.counts
    return verdicts_links.sizes(asked.of_days("check_variants"), counts["lines"] + counts["addons"])


def addons_are_linked(asked: Asked) -> Verdict:
    """Few add-ons of these days have no link. They are menu items too: a cone sold as an add-on is a cone."""
    return verdicts_links.linked(asked.links.get("addon"), "add-ons", limit=asked.shop.unmatched_warn_ratio)


def queue_is_short(asked: Asked) -> Verdict:
    """Not much waits for a person: at most 100 names and 10 % of the revenue. What waits counts on no item, or on one
    that may be wrong."""
    revenue = Decimal(asked.rows("summary_sales")[0]["rupees"])
    return verdicts_links.queue(
        asked.rows("check_queue")[0], revenue, names=QUEUE_NAMES_ALLOWED, share=QUEUE_REVENUE_ALLOWED
    )


def sales_add_up(asked: Asked) -> Verdict:
    """The views count every rupee and order of these days once. People decide by these sums."""
    return verdicts_links.sales(asked.of_days("check_sales")[0])


def ask_about_links(questions: Questions) -> None:
    """Add these questions to those of a step."""
    questions.about(keys.MENU)(menu_is_whole)
    questions.about(keys.ITEM_ALIASES)(aliases_are_on_the_menu)
    questions.about(keys.ORDER_ITEMS)(lines_are_linked)
    questions.about(keys.ORDER_ITEMS)(links_are_sure)
    questions.about(keys.ORDER_ITEMS)(sizes_fit_their_items)
    questions.about(keys.ORDER_ITEM_ADDONS)(addons_are_linked)
    questions.about(keys.MATCH_REVIEW_QUEUE)(queue_is_short)
    questions.about(keys.SALES)(sales_add_up)
