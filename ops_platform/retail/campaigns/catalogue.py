"""The eight text campaigns of the store, in the order of the owner's list. A new one is an entry here and a template.

Times and kinds are the owner's. Where the owner's text and the program that grew out of it differ, the text holds for
the second text to returning customers (the day after), and the program for the third: read by the letter, it would ask
first-time customers twice on one day for the same review. Each can be set otherwise in `retail.texts.campaigns`.
"""

from __future__ import annotations

from datetime import time
from typing import Final

from ops_platform.retail.campaigns.model import Campaign, Coupon

_FIVE_OFF: Final = Coupon("$5 off $30", days_after_purchase=14)
_TEN_OFF: Final = Coupon("$10 off $50", day_of_next_month=10)

CAMPAIGNS: Final[tuple[Campaign, ...]] = (
    Campaign(
        name="first_time_1",
        title="First-time customer 1: thank you",
        description="Thanks a customer on the evening after the first purchase.",
        category="RETAIL",
        date_column="first_sale",
        days_after=1,
        at=time(18, 30),
        balance_line=True,
    ),
    Campaign(
        name="first_time_2",
        title="First-time customer 2: coupon",
        description="A picture with a coupon on the third day after the first purchase, good for two weeks from it.",
        category="RETAIL",
        date_column="first_sale",
        days_after=3,
        at=time(19, 0),
        media="coupon",
        coupon=_FIVE_OFF,
        balance_line=True,
    ),
    Campaign(
        name="first_time_3",
        title="First-time customer 3: review",
        description="Asks for a review a week after the first purchase.",
        category="RETAIL",
        date_column="first_sale",
        days_after=7,
        at=time(11, 30),
        balance_line=True,
    ),
    Campaign(
        name="returning_1",
        title="Returning customer 1: thank you",
        description="Thanks a returning customer on the day after the last purchase.",
        category="RETAIL",
        date_column="last_sale",
        days_after=1,
        at=time(11, 30),
        returning=True,
        balance_line=True,
        beside=("returning_2",),
    ),
    Campaign(
        name="returning_2",
        title="Returning customer 2: coupon",
        description="A picture with a coupon on the evening after the last purchase, good for two weeks from it.",
        category="RETAIL",
        date_column="last_sale",
        days_after=1,
        at=time(19, 0),
        returning=True,
        media="coupon",
        coupon=_FIVE_OFF,
        balance_line=True,
        beside=("returning_1",),
    ),
    Campaign(
        name="returning_3",
        title="Returning customer 3: review",
        description="Asks a returning customer for a review a week after the last purchase.",
        category="RETAIL",
        date_column="last_sale",
        days_after=7,
        at=time(15, 30),
        returning=True,
        balance_line=True,
    ),
    Campaign(
        name="birthday",
        title="Birthday",
        description="A picture with a coupon on the first of the month of a customer's or the spouse's birthday.",
        category=None,
        date_column="birth_month",
        days_after=0,
        at=time(9, 0),
        media="birthday",
        coupon=_TEN_OFF,
        catch_up_days=2,
    ),
    Campaign(
        name="wholesale",
        title="Wholesale: thank you",
        description="Thanks a wholesale customer on the day after the last purchase, in one of several wordings.",
        category="WHOLESALE",
        date_column="last_sale",
        days_after=1,
        at=time(10, 30),
        company_first=True,
    ),
)
