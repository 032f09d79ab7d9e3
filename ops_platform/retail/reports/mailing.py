"""From a report to what the platform does with it: one mail to its people, and copies of its figures for them to fetch.

What belongs here: the effect, the files, and when neither is wanted. What does not: what is in a report. A report is
frozen at its first rendering: of a period that is known nothing is planned again, unless somebody asks for it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from ops_platform.core import effect_keys
from ops_platform.core.effects import effect_set
from ops_platform.retail.automation import Inputs, Need, Plan, PlannedFile, note
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.reports.document import Remark, Report, Section, Table, context
from ops_platform.retail.reports.files import ReportFile
from ops_platform.retail.reports.fitting import fitted
from ops_platform.retail.reports.needs import KnownReports, ReportDesk

if TYPE_CHECKING:
    import pandas as pd

SANDBOX_ADDRESS: Final = "office@willet-moss.example"
"""Who gets the invented store's reports while nobody else is named."""


def desk_needs(name: str, end: date) -> dict[str, Need]:
    """What every report has to know of its own: how mails go, and whether this one was made before."""
    return {"report_desk": ReportDesk(), "known_reports": KnownReports(effect_keys.report(name, end))}


def plan_of(
    name: str,
    end: date,
    make: Callable[[], tuple[Report, Iterable[ReportFile]]],
    inputs: Inputs,
    recipients: tuple[str, ...],
) -> Plan:
    """One mail to all recipients, and the files of the report's day. Nothing is made when the period is known already.

    inputs: with those of `desk_needs`; of a known period the others may be missing. Without recipients only the files
    are made, and it is noted.
    """
    desk = inputs["report_desk"].iloc[0]
    known = len(inputs["known_reports"])
    if known and not desk["again"]:
        return Plan(notes=notes_frame([note("report_known", name, f"the report up to {end.isoformat()}")]))
    report, files = make()
    made = list(files)
    notes = [note("report_section_failed", each.name, f"{each.title}: {each.error}") for each in report.failed]
    to = recipients or ((SANDBOX_ADDRESS,) if desk["is_sandbox"] else ())
    if not to:
        notes.append(note("no_recipients", report.name, f"set retail.{report.template}.recipients"))
    return Plan(
        effects=_mail(_with_places(report, made), made, to, attempt=known + 1) if to else effect_set([]),
        files=tuple(_copies(report, made)),
        notes=notes_frame(notes),
        considered=len(report.sections),
        figures={
            "sections": len(report.sections),
            "not_computed": len(report.failed),
            "recipients": len(to),
        },
    )


def _with_places(report: Report, files: list[ReportFile]) -> Report:
    """The report, which says where files are that its tables name and a mail cannot carry."""
    large = [
        Remark(
            f"{each.name} is too large for a mail; it is on the platform's machine, in "
            f"<home>/retail/exports/{folder_of(report.name, report.end)}."
        )
        for each in files
        if each.too_large
    ]
    return replace(report, sections=[*report.sections, Section("files", "Files", large)]) if large else report


def _mail(report: Report, files: list[ReportFile], to: tuple[str, ...], *, attempt: int) -> pd.DataFrame:
    payload: dict[str, Any] = {
        "template": report.template,
        "to": list(to),
        "context": context(fitted(report)),
        "pictures": [{"cid": each.cid, "png_base64": _base64(each.png)} for each in report.pictures],
        "attachments": [
            {"name": each.name, "content_base64": _base64(each.content), "type": "text/csv"}
            for each in files
            if each.attached
        ],
        "reply_to": None,
        "kind_of_mail": "staff",
    }
    effect = {
        "key": effect_keys.report(report.name, report.end, attempt),
        "kind": "email",
        "target": ", ".join(to),
        "payload": payload,
        "keep_first": True,
        "label": report.title,
        "reason": f"the report up to {report.end.isoformat()} is due",
    }
    return effect_set([effect])


def _copies(report: Report, files: list[ReportFile]) -> Iterable[PlannedFile]:
    """Every file and chart, in a folder of the report's last day; readable by the owner alone when it names people."""
    folder = folder_of(report.name, report.end)
    personal = any(isinstance(block, Table) and block.personal for each in report.sections for block in each.blocks)
    for each in files:
        yield PlannedFile(f"{folder}/{each.name}", each.content, each.rows, place="exports", private=personal)
    for chart in report.pictures:
        yield PlannedFile(f"{folder}/{chart.cid}.png", chart.png, 1, place="exports", private=personal)


def folder_of(name: str, end: date) -> str:
    """Where the copies of a report lie, below the folder of exports."""
    return f"reports/{name}/{end.isoformat()}"


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
