"""A report as metadata: its charts, and the first table of every section. Whoever is named in a table is left out.

Imported by the step only. Nothing is computed here: what the mail shows is shown.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from ops_platform.core.wording import shown
from ops_platform.defs.metadata import table
from ops_platform.defs.plots import picture
from ops_platform.retail.automation import Plan

_NAMES = "names are only in the mail"


def of_plan(plan: Plan) -> dict[str, Any]:
    """What the mails of a plan show, when they are reports; else nothing."""
    found: dict[str, Any] = {}
    for payload in plan.effects["payload"]:
        sections = payload.get("context", {}).get("sections")
        if isinstance(sections, list) and all("blocks" in section for section in sections):
            found |= dict(_charts(payload)) | dict(_tables(sections))
    return found


def _charts(payload: Mapping[str, Any]) -> Iterator[tuple[str, dg.MarkdownMetadataValue]]:
    for each in payload["pictures"]:
        yield f"chart of {each['cid'].replace('_', ' ')}", picture(base64.b64decode(each["png_base64"]), each["cid"])


def _tables(sections: list[Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    for section in sections:
        if section["error"] is not None:
            yield section["title"], f"could not be computed: {section['error']}"
        tables = [block for block in section["blocks"] if block["kind"] == "table"]
        if tables:
            yield section["title"], _NAMES if tables[0]["personal"] else _shown(tables[0])


def _shown(found: Mapping[str, Any]) -> dg.TableMetadataValue:
    columns = [(column["title"], column["format"]) for column in found["columns"]]
    rows = [
        {title: shown(_value(cell), form) for (title, form), cell in zip(columns, row, strict=True)}
        for row in [*found["rows"], *([found["total"]] if found["total"] else [])]
    ]
    return table(rows, [title for title, _ in columns])


def _value(cell: Any) -> Any:
    return cell["value"] if isinstance(cell, Mapping) else cell
