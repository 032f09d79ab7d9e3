"""The `output_rules` of a dealership: which columns an export has, how it is sorted, what is made beside it.

What belongs here: the closed lists and defaults of output_rules. What does not: choosing cars (rules.py),
rendering (exports.py, illustrator.py, order_templates.py, qr).
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StrictBool, field_validator

from ops_platform.vehicles.rule_errors import parse_model

Format = Literal["standard", "premium", "quick", "custom"]
FieldName = Literal[
    "vin",
    "stock",
    "year",
    "make",
    "model",
    "trim",
    "ext_color",
    "body_style",
    "fuel_type",
    "price",
    "msrp",
    "condition",
    "on_lot_status",
    "status",
    "date_in_stock",
    "location",
    "vehicle_url",
    "first_seen_date",
    "last_seen_date",
]
TemplateName = Literal["shortcut", "shortcut_pack", "flyout"]
QrPayload = Literal["url_utm", "url", "vin"]
ErrorCorrection = Literal["auto", "L", "M", "Q", "H"]

FIELD_NAMES: Final[tuple[str, ...]] = get_args(FieldName)
"""The columns an export may have and be sorted by. `condition` is the stored column `vehicle_condition`."""

# The two column sets of the owner's guide; quick and custom jobs start from the standard one.
_STANDARD: Final = ("vin", "stock", "year", "make", "model", "price")
DEFAULT_FIELDS: Final[dict[Format, tuple[str, ...]]] = {
    "standard": _STANDARD,
    "premium": ("vin", "stock", "year", "make", "model", "trim", "price", "msrp"),
    "quick": _STANDARD,
    "custom": _STANDARD,
}


class QrRules(BaseModel):
    """How a dealership's QR pictures are made. Sizes in pixels; `auto` is level M for URLs and Q for VINs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    payload: QrPayload = "url_utm"
    size_px: Annotated[int, Field(strict=True, ge=64, le=4096)] = 388
    error_correction: ErrorCorrection = "auto"
    dpi: Annotated[int, Field(strict=True, ge=72, le=2400)] = 300


class IllustratorRules(BaseModel):
    """How files for Illustrator are written: `bom` marks them as UTF-8, `ascii_fold` spells text in ASCII."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bom: StrictBool = False
    ascii_fold: StrictBool = False


class OutputRules(BaseModel):
    """`output_rules` of the owner's guide, with defaults for every key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    include_qr: StrictBool = True
    format: Format = "standard"
    sort_by: tuple[FieldName, ...] = ()
    fields: tuple[FieldName, ...] | None = None
    templates: tuple[TemplateName, ...] = ()
    qr: QrRules = QrRules()
    illustrator: IllustratorRules = IllustratorRules()
    indesign: StrictBool = False
    google_feed: StrictBool = False

    @field_validator("sort_by", "fields", "templates")
    @classmethod
    def _once_each(cls, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        twice = sorted({name for name in names or () if (names or ()).count(name) > 1})
        if twice:
            raise ValueError(f"given twice: {', '.join(twice)}")
        return names

    @field_validator("fields")
    @classmethod
    def _some_column(cls, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if names == ():
            raise ValueError("an empty list would make a file without columns; leave the key out")
        return names

    @property
    def columns(self) -> tuple[str, ...]:
        """The car columns of the export: `fields` when given, else those of the format."""
        return DEFAULT_FIELDS[self.format] if self.fields is None else self.fields

    def for_job(self, job_type: str) -> OutputRules:
        """These rules for one job: a job type that is also a format chooses that format's columns.

        `standard` is the default of `create_order_processing_job` and so does not take the premium columns
        away from a premium dealership. Explicit `fields` always stay.
        """
        chosen = [name for name in get_args(Format) if name == job_type and name != "standard"]
        return self.model_copy(update={"format": chosen[0]}) if chosen else self


def parse_output_rules(value: object, where: str) -> OutputRules:
    """Read output_rules from JSON data; RulesError names `where` and every wrong key or value."""
    return parse_model(OutputRules, value, where)
