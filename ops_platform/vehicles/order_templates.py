"""The operator's order templates: CSVs whose columns are the text and picture variables of a print layout.

What belongs here: which variables each template has and how a car's values are written in them, as in the
operator's own files. What does not: encodings and missing pictures (illustrator.py), the owner's CSV
(exports.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from typing import Final

import pandas as pd

from ops_platform.core.csvtext import column_texts, number_text
from ops_platform.vehicles.exports import qr_paths, sort_vehicles
from ops_platform.vehicles.illustrator import PrintFile, illustrator_file, with_pictures
from ops_platform.vehicles.output_rules import OutputRules, TemplateName

CALL_FOR_PRICE: Final = "Call for price"
_CONDITION_WORDS: Final = {"new": "NEW", "po": "USED", "cpo": "CERTIFIED"}

Cells = Callable[[pd.DataFrame, str], list[str]]


def template_csv(
    template: TemplateName, frame: pd.DataFrame, rules: OutputRules, qr_output_path: str, pictures: Set[str]
) -> PrintFile:
    """One order template, filled with the cars in the order of the export.

    `frame` holds stored vehicles, one car a row; cars whose VIN is not in `pictures` have no QR file and go
    to `missing`. Encoding options in `rules.illustrator`.
    """
    cars, missing = with_pictures(sort_vehicles(frame, rules.sort_by), qr_output_path, pictures)
    table = {name: cells(cars, qr_output_path) for name, cells in TEMPLATES[template].items()}
    return illustrator_file(table, missing, rules.illustrator)


def _year_make(cars: pd.DataFrame, _base: str) -> list[str]:
    return _joined(" ", column_texts(cars["year"]), _upper(cars["make"]))


def _model(cars: pd.DataFrame, _base: str) -> list[str]:
    return _upper(cars["model"])


def _trim(cars: pd.DataFrame, _base: str) -> list[str]:
    return _upper(cars["trim"])


def _year_model_stock(cars: pd.DataFrame, _base: str) -> list[str]:
    """`2022 RENEGADE - NPN70500`; without a stock number `2022 RENEGADE`."""
    year_model = _joined(" ", column_texts(cars["year"]), _upper(cars["model"]))
    return _joined(" - ", year_model, column_texts(cars["stock"]))


def _condition_vin(cars: pd.DataFrame, _base: str) -> list[str]:
    """`USED - <VIN>`, NEW or CERTIFIED likewise."""
    words = [_CONDITION_WORDS.get(condition, "") for condition in cars["vehicle_condition"].tolist()]
    return _joined(" - ", words, column_texts(cars["vin"]))


def _everything(cars: pd.DataFrame, base: str) -> list[str]:
    return _joined(" - ", _year_model_stock(cars, base), _condition_vin(cars, base))


def _price(cars: pd.DataFrame, _base: str) -> list[str]:
    """`$65,000`, with cents only where there are some; `Call for price` for a car without a price."""
    return [price_text(price) for price in cars["price"].tolist()]


def _picture(cars: pd.DataFrame, base: str) -> list[str]:
    return qr_paths(cars["vin"].tolist(), base)


def price_text(price: object) -> str:
    """A price as printed on a flyout: `$65,000`, `$65,000.50`, or `Call for price` when there is none."""
    dollars, _, cents = number_text(price).partition(".")
    if not dollars:
        return CALL_FOR_PRICE
    return f"${int(dollars):,}" + (f".{cents}" if cents else "")


def _upper(column: pd.Series) -> list[str]:
    return [text.upper() for text in column_texts(column)]


def _joined(between: str, *columns: Sequence[str]) -> list[str]:
    return [between.join(part for part in parts if part) for parts in zip(*columns, strict=True)]


TEMPLATES: Final[dict[TemplateName, dict[str, Cells]]] = {
    "shortcut": {"QRYEARMODEL": _year_model_stock, "QRSTOCK": _condition_vin, "@QR2": _picture},
    "shortcut_pack": {
        "YEARMAKE": _year_make,
        "MODEL": _model,
        "TRIM": _trim,
        "STOCK": _year_model_stock,
        "VIN": _condition_vin,
        "@QR": _picture,
        "QRYEARMODEL": _year_model_stock,
        "QRSTOCK": _condition_vin,
        "@QR2": _picture,
        "MISC": _everything,
    },
    "flyout": {"QRYEARMODEL": _year_model_stock, "QRPRICE": _price, "@QR2": _picture},
}
"""The variables of each template in file order, named like the objects in the operator's layouts."""
