"""Leads, stock requests and coupons, as names of assets: part of keys.py. Only names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ops_platform.defs.retail.keys_outside import Place
from ops_platform.retail import request_needs as ask
from ops_platform.retail import snapshots

LEAD_FILE: Final = Place(
    ("intake", "design_request_leads.csv"),
    "Requests for the landscape design service, a line each, as the shop's web form writes them. The form of `ops "
    "intake` writes the same file out of its table retail.leads.",
    "csv",
)
REQUEST_FILE: Final = Place(
    ("intake", "stock_notification_log.csv"),
    "Who waits for an item, a line each. Lines leave it once their mail is out. The form of `ops intake` writes the "
    "same file out of its table retail.stock_requests.",
    "csv",
)
NEWSLETTER: Final = Place(
    ("intake", "newsletter_signups.csv"), "Who signed up for the newsletter by the form of `ops intake`.", "csv"
)
SHOP_COUPONS: Final = Place(("bigcommerce", "coupons"), "The web shop's coupons, those of staff too.", "api")
SOURCES: Final = (LEAD_FILE, REQUEST_FILE, NEWSLETTER, SHOP_COUPONS)
OUTCOMES: Final = (
    Place(
        ("coupons", "created_coupon_log.csv"),
        "Coupons that were made for who waited: when, for whom, for which item. Names people: only its owner reads it.",
        "csv",
        ("stock_notifications",),
    ),
    Place(
        ("coupons", "deleted_coupons.csv"),
        "Coupons that were deleted, with what they were; written before each is deleted. Only its owner reads it.",
        "csv",
        ("expired_coupons",),
    ),
)
GROUPS: Final = {"intake": "intake", "bigcommerce": "bigcommerce", "coupons": "coupons"}

SNAPSHOTS: Final[Mapping[str, tuple[tuple[str, ...], Mapping[str, str], str, str, tuple[Place, ...]]]] = {
    "leads": (
        (), snapshots.LEADS, "Requests for a design, of the file and of the form, each once.", "csv", (LEAD_FILE,),
    ),
    "stock_requests": (
        (), snapshots.STOCK_REQUESTS, "Who waits for an item, of the file and of the form, each request once.", "csv",
        (REQUEST_FILE,),
    ),
    "product_pages": (
        (), snapshots.PRODUCT_PAGES, "Where each product of the web shop is shown, and what is said of it.", "api", (),
    ),
    "coupons": ((), snapshots.COUPONS, "Every coupon of the web shop.", "api", (SHOP_COUPONS,)),
}  # fmt: skip
"""Tables, columns, what it is, its kind, and where it comes from."""

READ_AS: Final[Mapping[type, str]] = {
    ask.Leads: "leads",
    ask.StockRequests: "stock_requests",
    ask.ProductPages: "product_pages",
    ask.Coupons: "coupons",
}

SYSTEMS: Final[Mapping[type, str | None]] = {
    ask.Leads: None,
    ask.RejectedLeads: None,
    ask.FollowedUp: None,
    ask.StockRequests: None,
    ask.RejectedRequests: None,
    ask.EffectStates: None,
    ask.ItemsTold: None,
    ask.ProductPages: "bigcommerce",
    ask.Coupons: "bigcommerce",
    ask.Promotions: "bigcommerce",
}
"""As of keys_outside.py."""
