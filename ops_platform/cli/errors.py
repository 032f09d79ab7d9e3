"""How a command ends: exit codes, and one clear message for every error a person can mend.

Exit codes: 0 done; 1 the work failed; 2 the command or the settings are wrong; 130 Ctrl-C; 143 ended from outside.
An error that is not named here is a defect: it ends with its traceback and where to report it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Final, NoReturn

from ops_platform.cli.output import errors as stderr

FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130
TERMINATED: Final = 143

# By name, so that the platform's heavy modules are not imported to print one line. A test imports each.
KNOWN: Final = {
    "ops_platform.settings_errors.SettingsError": USAGE,
    "ops_platform.vehicles.rule_errors.RulesError": USAGE,
    "ops_platform.core.logical_paths.LogicalPathError": USAGE,
    "ops_platform.cli.guard.ExposedWithoutPasswordError": USAGE,
    "ops_platform.paths.PathsError": FAILED,
    "ops_platform.core.order_source.OrderSourceError": FAILED,
    "ops_platform.sandbox.server.SandboxError": FAILED,
    "ops_platform.adapters.postgres.errors.PostgresError": FAILED,
    "ops_platform.adapters.migration_files.MigrationError": FAILED,
    "ops_platform.adapters.files.FileWriteError": FAILED,
    "ops_platform.vehicles.layouts.ScrapeFileError": FAILED,
    "ops_platform.vehicles.scans.ScanDateError": FAILED,
    "ops_platform.flows.vehicles.billing.BillingError": FAILED,
    "ops_platform.flows.restaurant.files.OrderFileError": FAILED,
    "ops_platform.flows.restaurant.meanings.ReviewError": FAILED,
    "ops_platform.restaurant.sheets.SheetError": FAILED,
    "ops_platform.adapters.counterpoint.CounterpointError": FAILED,
    "ops_platform.adapters.bigcommerce_api.BigCommerceError": FAILED,
    "ops_platform.adapters.webdav_errors.WebDavError": FAILED,
    "ops_platform.adapters.backup_store.BackupStoreError": FAILED,
    "ops_platform.adapters.backup_source.SourceError": FAILED,
    "ops_platform.adapters.smtp_replies.MailError": FAILED,
    "ops_platform.adapters.mail_message.MailProblemError": FAILED,
    "ops_platform.adapters.templates.TemplateProblemError": FAILED,
    "ops_platform.adapters.text_templates.TextTemplateError": FAILED,
    "ops_platform.adapters.twilio_api.TextError": FAILED,
    "ops_platform.retail.campaigns.automations.UnknownCampaignError": USAGE,
    "ops_platform.retail.campaigns.compose.TemplateError": FAILED,
    "ops_platform.retail.campaigns.planning.MissingPictureError": USAGE,
    "ops_platform.adapters.shared_csv.SharedCsvError": FAILED,
    "ops_platform.retail.shared_rows.SharedFileError": FAILED,
    "ops_platform.flows.retail.decisions.DecisionError": FAILED,
    "ops_platform.flows.effects.deciding.EffectDecisionError": FAILED,
    "ops_platform.flows.retail.runner.AlreadyRunningError": FAILED,
    "ops_platform.dagster_instance.storage.DatabaseNotReadyError": FAILED,
    "ops_platform.dagster_instance.daemon_lock.AnotherDaemonError": FAILED,
}
_DATABASE: Final = ("sqlalchemy.exc.OperationalError", "psycopg.OperationalError", "psycopg2.OperationalError")


class CommandError(Exception):
    """A command cannot do what was asked; the message says why and what to do. `code` is its exit code."""

    def __init__(self, message: str, *, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def run(app: Callable[[], object]) -> int:
    """Call a typer app (or a script's main function) and return the exit code; every error is told here."""
    _speak_utf8()
    with contextlib.suppress(ValueError):  # not the main thread: nobody sends us signals there
        signal.signal(signal.SIGTERM, _terminated)
    try:
        result = app()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else (0 if end.code is None else FAILED)
        if code == INTERRUPTED:
            _one_line("Interrupted.")
        return code
    except KeyboardInterrupt:
        _one_line("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has what it wanted. Else Python complains when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return report(error)
    return result if isinstance(result, int) else 0


def report(error: Exception) -> int:
    """Tell a person about an error and return the exit code that belongs to it."""
    known = explain(error)
    if known is None:
        traceback.print_exception(error)
        _one_line(
            "This is a defect of ops_platform, not of what you typed. Please report it (CONTRIBUTING.md says "
            "where) with the lines above, the command, and what `ops doctor` prints."
        )
        return FAILED
    message, code = known
    stderr.print("[bold red]Error:[/]", end=" ")
    _one_line(message)
    return code


def explain(error: BaseException) -> tuple[str, int] | None:
    """The message and exit code of an error a person can mend; None for a defect."""
    if isinstance(error, CommandError):
        return str(error), error.code
    names = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__]
    for name in names:
        if name in KNOWN:
            return str(getattr(error, "message", error)), KNOWN[name]
    if any(name in _DATABASE for name in names):
        said = " ".join(str(getattr(error, "orig", None) or error).split())
        away = (getattr(getattr(error, "orig", None) or error, "sqlstate", None) or "08").startswith(("08", "57P"))
        what = "does not answer" if away else "could not do it"
        return f"the database {what}: {said}\nSee `ops doctor`.", FAILED
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}", FAILED
    return None


def _one_line(message: str) -> None:
    stderr.print(message, markup=False, soft_wrap=True)


def _speak_utf8() -> None:
    """Files and pipes get UTF-8: Windows would write them in its old code page and fail on the first sign.

    And line by line, so that in a log the lines of both streams stand in the order they were written.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure") and not stream.isatty():
            stream.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)


def _terminated(_number: int, _frame: FrameType | None) -> NoReturn:
    # As an exception, so that files, locks and the embedded server are given back on the way out.
    raise SystemExit(TERMINATED)
