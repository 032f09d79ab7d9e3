"""Which column of Counterpoint holds which meaning, in one store: items and customers.

What belongs here: the usual columns, what a store set otherwise, and the table that follows. What does not: statements
(counterpoint*.py) and what a meaning is for (retail/snapshots.py).
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

import sqlalchemy as sa

from ops_platform.adapters.counterpoint_tables import AR_CUST, IM_ITEM

ITEM_COLUMNS: Final[Mapping[str, str]] = {
    "descr": "DESCR",
    "long_descr": "LONG_DESCR",
    "web_title": "ADDL_DESCR_1",
    "category": "CATEG_COD",
    "status": "STAT",
    "item_type": "ITEM_TYP",
    "tracks_stock": "TRK_INV",
    "vendor": "ITEM_VEND_NO",
    "price": "PRC_1",
    "regular_price": "REG_PRC",
    "is_web_item": "IS_ECOMM_ITEM",
    "is_web_visible": "USR_CPC_IS_ENABLED",
    "is_parent": "IS_ADM_TKT",
    "binding_id": "USR_PROF_ALPHA_16",
    "variant_name": "USR_PROF_ALPHA_17",
    "brand": "PROF_COD_1",
    "stock_buffer": "PROF_NO_1",
    "always_online": "USR_ALWAYS_ONLINE",
    "featured": "ECOMM_NEW",
    "sort_order": "USR_PROF_ALPHA_27",
    "last_maintained": "LST_MAINT_DT",
}
"""Of IM_ITEM, in a store that set nothing else (settings: retail.counterpoint.columns)."""

CUSTOMER_COLUMNS: Final[Mapping[str, str]] = {
    "first_name": "FST_NAM",
    "last_name": "LST_NAM",
    "name": "NAM",
    "name_type": "CUST_NAM_TYP",
    "category": "CATEG_COD",
    "contact_1": "CONTCT_1",
    "phone_1": "PHONE_1",
    "phone_2": "PHONE_2",
    "mobile_1": "MBL_PHONE_1",
    "mobile_2": "MBL_PHONE_2",
    "email_1": "EMAIL_ADRS_1",
    "email_2": "EMAIL_ADRS_2",
    "street": "ADRS_1",
    "city": "CITY",
    "state": "STATE",
    "zip_code": "ZIP_COD",
    "birth_month": "PROF_COD_2",
    "spouse_birth_month": "PROF_COD_3",
    "mail_opt_in": "INCLUDE_IN_MARKETING_MAILOUTS",
    "loyalty_program": "LOY_PGM_COD",
    "loyalty_card": "LOY_CARD_NO",
    "points": "LOY_PTS_BAL",
    "points_earned": "TOT_LOY_PTS_EARND",
    "points_redeemed": "TOT_LOY_PTS_RDM",
    "points_adjusted": "TOT_LOY_PTS_ADJ",
    "loyalty_adjusted_on": "LST_LOY_ADJ_DAT",
    "loyalty_last_adjustment": "LST_LOY_PTS_ADJ",
    "first_sale": "FST_SAL_DAT",
    "last_sale": "LST_SAL_DAT",
    "last_sale_amount": "LST_SAL_AMT",
    "sms_consent_1": "SMS_1_IS_SUB",
    "sms_consent_2": "SMS_2_IS_SUB",
}
"""Of AR_CUST (settings: retail.counterpoint.customer_columns)."""


@dataclass(frozen=True)
class Fields:
    """A table as one store uses it. key: its primary key's column; columns: meaning -> column; thing: of a row."""

    table: sa.Table
    key: str
    columns: Mapping[str, str]
    thing: str

    @classmethod
    def of_items(cls, chosen: Mapping[str, str]) -> Self:
        """IM_ITEM. chosen: meaning -> column, where the store differs. Errors: ValueError for an unknown meaning."""
        columns = _columns(ITEM_COLUMNS, chosen, "retail.counterpoint.columns")
        return cls(_table(IM_ITEM, ITEM_COLUMNS, columns), "ITEM_NO", columns, "item")

    @classmethod
    def of_customers(cls, chosen: Mapping[str, str]) -> Self:
        """AR_CUST, as `of_items`."""
        columns = _columns(CUSTOMER_COLUMNS, chosen, "retail.counterpoint.customer_columns")
        return cls(_table(AR_CUST, CUSTOMER_COLUMNS, columns), "CUST_NO", columns, "customer")

    @property
    def key_column(self) -> sa.Column:
        """The column of the key."""
        return self.table.c[self.key]

    def column(self, meaning: str) -> sa.Column:
        """The column of a meaning. Errors: KeyError."""
        return self.table.c[self.columns[meaning]]

    def selected(self) -> sa.Select:
        """The key and every meaning of all rows, in the order of `columns`."""
        return sa.select(self.key_column, *(self.column(meaning).label(meaning) for meaning in self.columns))


def _columns(usual: Mapping[str, str], chosen: Mapping[str, str], setting: str) -> dict[str, str]:
    for meaning in chosen:
        if meaning not in usual:
            near = difflib.get_close_matches(meaning, usual, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(usual)}"
            raise ValueError(f"{setting} names {meaning!r}, which is no meaning{hint}")
    return {**usual, **chosen}


def _table(known: sa.Table, usual: Mapping[str, str], columns: Mapping[str, str]) -> sa.Table:
    """The table with the columns a store uses: the known ones, others of the type the usual one has."""
    if all(column in known.c for column in columns.values()):
        return known
    more = {column: known.c[usual[meaning]].type for meaning, column in columns.items() if column not in known.c}
    return sa.Table(
        known.name,
        sa.MetaData(),
        *(sa.Column(each.name, each.type, primary_key=each.primary_key) for each in known.columns),
        *(sa.Column(name, type_) for name, type_ in more.items()),
    )
