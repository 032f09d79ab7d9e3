"""The tables of an NCR Counterpoint company database that the platform reads, as SQLAlchemy Core knows them.

What belongs here: names, types and keys. What does not: which column holds which meaning (counterpoint_fields.py), and
statements. The same tables compile for SQL Server, where the real ones are, and make the
stand-in on PostgreSQL. Computed columns are never written. Source: NCR's own column names, widths as far as known.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

METADATA: Final = sa.MetaData()


def _text(name: str, width: int, *, key: bool = False, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(width), primary_key=key, nullable=not key, server_default=default)


def _number(name: str, digits: int = 15, places: int = 4, *, default: str | None = None) -> sa.Column:
    required = default is not None
    return sa.Column(name, sa.Numeric(digits, places), nullable=not required, server_default=default)


def _day(name: str, *, key: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime, primary_key=key, nullable=not key)


def _int(name: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=key, nullable=not key, autoincrement=False)


def _big(name: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, primary_key=key, nullable=not key, autoincrement=False)


AR_CUST: Final = sa.Table(
    "AR_CUST",
    METADATA,
    _text("CUST_NO", 15, key=True),
    sa.Column("NAM", sa.String(40), nullable=False),
    _text("NAM_UPR", 40),
    _text("FST_NAM", 15),
    _text("LST_NAM", 25),
    _text("CUST_TYP", 1, default="C"),
    _text("CUST_NAM_TYP", 1, default="P"),
    *(_text(name, 40) for name in ("CONTCT_1", "CONTCT_2", "ADRS_1", "ADRS_2", "ADRS_3")),
    *(_text(name, width) for name, width in (("CITY", 20), ("STATE", 10), ("ZIP_COD", 15), ("CNTRY", 20))),
    *(_text(name, 25) for name in ("PHONE_1", "PHONE_2", "MBL_PHONE_1", "MBL_PHONE_2")),
    *(_text(name, 50) for name in ("EMAIL_ADRS_1", "EMAIL_ADRS_2")),
    *(_text(name, 10) for name in ("CATEG_COD", "STR_ID", "SLS_REP", "PROF_COD_1", "PROF_COD_2", "PROF_COD_3")),
    _text("INCLUDE_IN_MARKETING_MAILOUTS", 1, default="Y"),
    _text("LOY_PGM_COD", 10),
    *(
        _number(name, default="0")
        for name in ("LOY_PTS_BAL", "TOT_LOY_PTS_EARND", "TOT_LOY_PTS_RDM", "TOT_LOY_PTS_ADJ")
    ),
    _day("LST_LOY_ADJ_DAT"),
    _number("LST_LOY_PTS_ADJ"),
    _text("LST_LOY_ADJ_DOC_NO", 15),
    _text("LOY_CARD_NO", 20),
    _day("FST_SAL_DAT"),
    _day("LST_SAL_DAT"),
    _number("LST_SAL_AMT", 15, 2),
    _text("SMS_1_IS_SUB", 1),
    _text("SMS_2_IS_SUB", 1),
    _day("LST_MAINT_DT"),
    _text("LST_MAINT_USR_ID", 10),
    _day("RS_UTC_DT"),
)

IM_ITEM: Final = sa.Table(
    "IM_ITEM",
    METADATA,
    _text("ITEM_NO", 20, key=True),
    *(_text(name, width) for name, width in (("DESCR", 30), ("SHORT_DESCR", 15), ("LONG_DESCR", 50))),
    *(_text(name, 50) for name in ("ADDL_DESCR_1", "ADDL_DESCR_2", "ADDL_DESCR_3")),
    _text("ITEM_TYP", 1, default="I"),
    _text("TRK_INV", 1, default="Y"),
    _text("CATEG_COD", 10),
    _text("SUBCAT_COD", 10),
    _text("STAT", 1, default="A"),
    _day("STAT_DAT"),
    _text("ITEM_VEND_NO", 15),
    _text("VEND_ITEM_NO", 20),
    *(_number(name) for name in ("PRC_1", "REG_PRC", "LST_COST")),
    *(_text(name, 1, default="N") for name in ("IS_ECOMM_ITEM", "ECOMM_NEW", "IS_ADM_TKT")),
    _text("PROF_COD_1", 10),
    _number("PROF_NO_1"),
    _text("USR_CPC_IS_ENABLED", 1),
    _text("USR_ALWAYS_ONLINE", 1, default="N"),
    _text("USR_PROF_ALPHA_16", 10),
    _text("USR_PROF_ALPHA_17", 50),
    _text("USR_PROF_ALPHA_27", 10),
    _day("LST_MAINT_DT"),
    _text("LST_MAINT_USR_ID", 10),
    _day("LST_RECV_DAT"),
    _day("RS_UTC_DT"),
)

IM_INV: Final = sa.Table(
    "IM_INV",
    METADATA,
    _text("ITEM_NO", 20, key=True),
    _text("LOC_ID", 10, key=True),
    *(
        _number(name, default="0")
        for name in ("QTY_ON_HND", "QTY_COMMIT", "QTY_ON_PO", "QTY_ON_BO", "QTY_ON_ORD", "QTY_ON_LWY", "QTY_ON_SO")
    ),
    sa.Column("QTY_AVAIL", sa.Numeric(16, 4), sa.Computed('"QTY_ON_HND" - "QTY_COMMIT"', persisted=True)),
    sa.Column("NET_QTY", sa.Numeric(17, 4), sa.Computed('"QTY_ON_HND" - "QTY_COMMIT" + "QTY_ON_PO"', persisted=True)),
    *(_number(name) for name in ("MIN_QTY", "MAX_QTY", "LST_COST")),
    _day("LST_SAL_DAT"),
    _day("LST_RECV_DAT"),
)

IM_PRC: Final = sa.Table(
    "IM_PRC",
    METADATA,
    _text("ITEM_NO", 20, key=True),
    sa.Column("LOC_ID", sa.String(10), primary_key=True, server_default="*"),
    *(_number(name) for name in ("PRC_1", "PRC_2", "PRC_3", "PRC_4", "PRC_5", "PRC_6", "REG_PRC")),
)

IM_BARCOD: Final = sa.Table(
    "IM_BARCOD",
    METADATA,
    _text("ITEM_NO", 20, key=True),
    _int("SEQ_NO", key=True),
    _text("BARCOD", 20),
    _text("BARCOD_ID", 10),
)

IM_CATEG_COD: Final = sa.Table("IM_CATEG_COD", METADATA, _text("CATEG_COD", 10, key=True), _text("DESCR", 50))

EC_CATEG: Final = sa.Table(
    "EC_CATEG", METADATA, _text("CATEG_ID", 16, key=True), _text("DESCR", 50), _text("PARENT_ID", 16)
)

EC_CATEG_ITEM: Final = sa.Table(
    "EC_CATEG_ITEM",
    METADATA,
    _text("CATEG_ID", 16, key=True),
    _text("ITEM_NO", 20, key=True),
    _int("ENTRY_SEQ_NO"),
    _day("LST_MAINT_DT"),
    _text("LST_MAINT_USR_ID", 10),
)

EC_ITEM_DESCR: Final = sa.Table(
    "EC_ITEM_DESCR", METADATA, _text("ITEM_NO", 20, key=True), sa.Column("HTML_DESCR", sa.Text), _day("LST_MAINT_DT")
)

PS_TKT_HIST: Final = sa.Table(
    "PS_TKT_HIST",
    METADATA,
    _day("BUS_DAT", key=True),
    _big("DOC_ID", key=True),
    sa.Column("TKT_NO", sa.String(15), nullable=False),
    *(_text(name, width) for name, width in (("STR_ID", 10), ("STA_ID", 10), ("CUST_NO", 15))),
    *(_text(name, width) for name, width in (("SLS_REP", 10), ("USR_ID", 10), ("TKT_TYP", 1))),
    _day("TKT_DT"),
    *(_number(name, 15, 2) for name in ("SUB_TOT", "TAX_AMT", "TOT", "SAL_LIN_TOT", "RET_LIN_TOT")),
    _number("TOT_EXT_COST"),
    _int("SAL_LINS"),
    _int("RET_LINS"),
)

PS_TKT_HIST_LIN: Final = sa.Table(
    "PS_TKT_HIST_LIN",
    METADATA,
    _day("BUS_DAT", key=True),
    _big("DOC_ID", key=True),
    _int("LIN_SEQ_NO", key=True),
    *(_text(name, width) for name, width in (("TKT_NO", 15), ("STR_ID", 10), ("LIN_TYP", 1), ("ITEM_NO", 20))),
    _text("DESCR", 250),
    _text("CATEG_COD", 10),
    _number("QTY_SOLD"),
    _number("PRC"),
    _number("EXT_PRC", 15, 2),
    _number("EXT_COST"),
    _number("GROSS_EXT_PRC", 15, 2),
    *(_text(name, width) for name, width in (("IS_VAL_RET", 1), ("RET_REAS", 10), ("SLS_REP", 10))),
)

PS_TKT_HIST_PMT: Final = sa.Table(
    "PS_TKT_HIST_PMT",
    METADATA,
    _day("BUS_DAT", key=True),
    _big("DOC_ID", key=True),
    _int("PMT_SEQ_NO", key=True),
    _text("PAY_COD", 10),
    _text("PAY_COD_TYP", 1),
    _number("AMT", 15, 2),
    _text("PMT_LIN_TYP", 1),
    _text("FINAL_PMT", 1),
)

PS_DOC_HDR: Final = sa.Table(
    "PS_DOC_HDR",
    METADATA,
    _big("DOC_ID", key=True),
    *(_text(name, width) for name, width in (("DOC_TYP", 1), ("TKT_NO", 15), ("STR_ID", 10), ("CUST_NO", 15))),
    _day("TKT_DT"),
)

PS_DOC_LIN: Final = sa.Table(
    "PS_DOC_LIN",
    METADATA,
    _big("DOC_ID", key=True),
    _int("LIN_SEQ_NO", key=True),
    _text("LIN_TYP", 1),
    _text("ITEM_NO", 20),
    _number("QTY_SOLD"),
)

PS_DOC_PMT: Final = sa.Table(
    "PS_DOC_PMT",
    METADATA,
    _big("DOC_ID", key=True),
    _int("PMT_SEQ_NO", key=True),
    _text("PAY_COD", 10),
    _number("AMT", 15, 2),
    _day("PAY_DAT"),
    _text("FINAL_PMT", 1),
)

PO_RECVR_HIST_LIN: Final = sa.Table(
    "PO_RECVR_HIST_LIN",
    METADATA,
    _text("RECVR_NO", 15, key=True),
    _int("SEQ_NO", key=True),
    _text("ITEM_NO", 20),
    _text("RECVR_LOC_ID", 10),
    _day("RECVR_DAT"),
    *(_number(name) for name in ("QTY_RECVD", "RECVD_COST", "EXT_COST")),
    _text("PO_NO", 15),
)

SY_USR: Final = sa.Table("SY_USR", METADATA, _text("USR_ID", 10, key=True), _text("NAM", 40), _text("IS_SLS_REP", 1))

SY_GFC: Final = sa.Table(
    "SY_GFC",
    METADATA,
    _text("GFC_NO", 20, key=True),
    _number("ORIG_AMT", 15, 2),
    _day("ORIG_DAT"),
    _text("ORIG_STR_ID", 10),
    _number("CURR_AMT", 15, 2),
)

SY_PAY_COD: Final = sa.Table(
    "SY_PAY_COD", METADATA, _text("PAY_COD", 10, key=True), _text("DESCR", 50), _text("PAY_COD_TYP", 1)
)

# The connector's own maps; ITEM_NO of the first is the binding id for a bound product.
CPI_BC_PRODUCTS: Final = sa.Table(
    "CPI_BC_PRODUCTS",
    METADATA,
    _text("ITEM_NO", 20, key=True),
    sa.Column("WEB_ID", sa.String(10), primary_key=True, server_default="1"),
    sa.Column("PRODUCT_ID", sa.Integer, nullable=False),
)

CPI_BC_PROD: Final = sa.Table(
    "CPI_BC_PROD",
    METADATA,
    _text("SKU", 20, key=True),
    sa.Column("WEB_ID", sa.String(10), primary_key=True, server_default="1"),
    sa.Column("PRODUCT_ID", sa.Integer, nullable=False),
    sa.Column("VARIANT_ID", sa.Integer, nullable=False),
    _day("LAST_MODIFIED"),
)
