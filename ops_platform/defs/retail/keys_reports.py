"""What the reports read, as names of assets: part of keys.py. Only names and what they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ops_platform.retail.reports import needs

TABLES: Final = {
    "PS_TKT_HIST": "Every ticket ever rung up, with its store, customer and totals.",
    "PS_TKT_HIST_PMT": "How tickets were paid: amounts by pay code; change given back and refunds are negative.",
    "PS_DOC_PMT": "Payments on documents that are still open: deposits.",
    "SY_GFC": "Gift cards, with what they were sold for and when.",
    "SY_USR": "Users of the tills; sales reps are among them.",
    "AR_CUST": "Customers: names, addresses, category, loyalty points.",
    "EC_CATEG_ITEM": "Which items stand in which category of the web shop.",
}

_TICKETS: Final = ("PS_TKT_HIST_LIN", "PS_TKT_HIST")
SNAPSHOTS: Final[Mapping[str, tuple[tuple[str, ...], Mapping[str, str], str]]] = {
    "daily_sales": (
        (*_TICKETS, "AR_CUST"),
        needs.DAILY_SALES,
        "Revenue, cost and tickets by day, store and category of the customer; reports add up their periods from it.",
    ),
    "rep_sales": ((*_TICKETS, "SY_USR"), needs.REP_SALES, "Revenue and tickets by sales rep."),
    "customer_sales": ((*_TICKETS, "AR_CUST"), needs.CUSTOMER_SALES, "Revenue and tickets of wholesale customers."),
    "category_sales": (("PS_TKT_HIST_LIN",), needs.CATEGORY_SALES, "Units and revenue by category and item."),
    "payments": (("PS_TKT_HIST_PMT", "PS_TKT_HIST"), needs.PAYMENTS, "What was paid by day, store and pay code."),
    "ticket_totals": (("PS_TKT_HIST",), needs.TICKET_TOTALS, "What the tickets came to by day and store."),
    "deposits": (("PS_DOC_PMT",), needs.DEPOSITS, "Deposits on open documents by day and store."),
    "gift_cards": (("SY_GFC",), needs.GIFT_CARDS, "Gift cards sold by day and store."),
    "web_categories": (("EC_CATEG_ITEM",), needs.WEB_CATEGORIES, "Items that stand in a category of the web shop."),
}
"""Tables, columns and what it is."""

READ_AS: Final[Mapping[type, str]] = {
    needs.HistoryStart: "daily_sales",
    needs.DailySales: "daily_sales",
    needs.RepSales: "rep_sales",
    needs.CustomerSales: "customer_sales",
    needs.CategorySales: "category_sales",
    needs.Payments: "payments",
    needs.TicketTotals: "ticket_totals",
    needs.Deposits: "deposits",
    needs.GiftCards: "gift_cards",
    needs.WebCategories: "web_categories",
}
