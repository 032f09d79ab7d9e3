"""A page of every report that was mailed, beside its figures in the folder of exports, for who looks it up later.

What belongs here: from the rendered mail to a page for a browser. What does not: figures and charts, which are files of
the plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops_platform.adapters.database import Database
from ops_platform.adapters.files import stat_if_same, write_whole
from ops_platform.adapters.mail_page import as_page
from ops_platform.flows.retail.publish import exports_folder
from ops_platform.flows.retail.systems import Systems

if TYPE_CHECKING:
    from ops_platform.flows.retail.runner import Outcome, Run


def keep_pages(db: Database, systems: Systems, run: Run, outcome: Outcome) -> None:
    """Write the newest reports of an automation as pages, where they are not there or differ. Errors: FileWriteError.

    report/admin_report/2026-11-21 becomes reports/admin_report/2026-11-21/report.html; one that was asked for once more
    report_2.html. Readable by the owner alone: it is a mail to some people.
    """
    mails = db.frame("retail/report_mails", automation=outcome.automation.name, is_sandbox=systems.is_sandbox("mail"))
    for key, content in mails.itertuples(index=False, name=None):
        _, name, end, *again = key.split("/")
        file = exports_folder(systems.settings.home) / "reports" / name / end / "_".join(["report", *again])
        page = as_page(bytes(content)).encode()
        if not stat_if_same(file.with_suffix(".html"), page):
            write_whole(file.with_suffix(".html"), page, private=True)
