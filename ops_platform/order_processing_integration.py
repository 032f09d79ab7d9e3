"""`OrderProcessingIntegrator`: the five methods of the agency's order processing guide, with exactly its keys.

Scripts of the agency import this; it only translates between their dicts and the flows. The keys stand also on
failure, so that a daily script can print its summary whatever happened.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from ops_platform.adapters.database import Database, records
from ops_platform.flows.session import PlatformSession, open_platform
from ops_platform.flows.vehicles.companions import write_companions
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.jobs import JobOutcome, JobRequest, run_jobs
from ops_platform.flows.vehicles.qr import make_qr, validate_qr
from ops_platform.settings import Settings

logger = logging.getLogger(__name__)


class OrderProcessingIntegrator:
    """Create jobs, validate QR files, ask for states.

    Without arguments it uses the platform's settings and database (starting the embedded one when nothing runs); it
    connects at the first call. Use it as a context manager, or call `close()`, to give the database back early;
    otherwise the end of the process does.
    """

    def __init__(self, session: PlatformSession | None = None) -> None:
        self._session = session
        self._opened = ExitStack()
        self._opened_here = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back what this object opened; a later call opens it anew."""
        if self._opened_here:
            self._opened.close()
            self._session, self._opened_here = None, False

    def create_order_processing_job(
        self, dealership_name: str, job_type: str = "standard", filters: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Choose a dealership's cars, write the export, make the QR files that are missing, write the print files.

        filters: additional restrictions with the keys of filtering_rules; the stricter of both wins. Returns always
        the keys success, job_id, dealership, job_type, vehicle_count, vehicles, export_file, qr_output_path,
        qr_generation, created_at, error.
        """
        request = JobRequest(dealership_name, job_type, filters)
        try:
            [outcome] = run_jobs(
                self._db, self._folders, [request], now=self._now(), created_by="OrderProcessingIntegrator"
            )
        except Exception as error:
            return _job_result(request, None, None, self._log(error))
        qr = None
        try:
            qr = self._make_qr(outcome)
            self._write_print_files(outcome)
            return _job_result(request, outcome, qr, outcome.error)
        except Exception as error:
            told = f"the export is written, its QR or print files are not: {self._log(error)}"
            return _job_result(request, outcome, qr, told)

    def validate_qr_files(self, dealership_name: str, job_id: int | None = None) -> dict[str, Any]:
        """Look at the QR files of a dealership's cars (or of one job's cars) and record what is there.

        A file that is missing, empty, undecodable or of another car counts as missing. Returns always the keys
        dealership, total_vehicles, qr_files_exist, qr_files_missing, missing_files (vin, stock, expected_path),
        validation_date.
        """
        now = self._now()
        try:
            return validate_qr(self._db, self._folders, self._settings, dealership_name, job_id=job_id, now=now)
        except Exception as error:
            self._log(error)
            return {
                "dealership": dealership_name,
                "total_vehicles": 0,
                "qr_files_exist": 0,
                "qr_files_missing": 0,
                "missing_files": [],
                "validation_date": now,
            }

    def get_job_status(self, job_id: int) -> dict[str, Any] | None:
        """Return id, status, vehicle_count, final_vehicle_count, export_file, dealership_name, job_type, created_at,
        completed_at and notes of a job; None when there is no such job."""
        with self._db.engine.connect() as connection:
            return next(iter(records(connection, "vehicles/job", job_id=job_id)), None)

    def get_recent_jobs(self, limit: int = 10) -> list[dict[str, Any]]:
        """Return the newest jobs first, with the keys of get_job_status."""
        with self._db.engine.connect() as connection:
            return records(connection, "vehicles/recent_jobs", limit=max(limit, 0))

    def get_active_dealership_configs(self) -> list[dict[str, Any]]:
        """Return name, filtering_rules, output_rules (both JSON text, for json.loads), qr_output_path, is_active."""
        with self._db.engine.connect() as connection:
            rows = [row for row in records(connection, "vehicles/dealerships") if row["is_active"]]
        return [
            {
                "name": row["name"],
                "filtering_rules": json.dumps(row["filtering_rules"]),
                "output_rules": json.dumps(row["output_rules"]),
                "qr_output_path": row["qr_output_path"],
                "is_active": row["is_active"],
            }
            for row in rows
        ]

    def _make_qr(self, outcome: JobOutcome) -> dict[str, Any] | None:
        if outcome.status != "completed":
            return None
        report = make_qr(
            self._db,
            self._folders,
            self._settings,
            dealerships=[outcome.dealership],
            job_id=outcome.job_id,
        )
        return {
            "total": report.total,
            "made": report.made,
            "unchanged": report.unchanged,
            "failed": report.failed,
            "failures": report.failures,
        }

    def _write_print_files(self, outcome: JobOutcome) -> None:
        """The companion for Illustrator and what else the dealership's rules ask for, beside the export."""
        if outcome.status != "completed":
            return
        report = write_companions(
            self._db,
            self._folders,
            self._settings,
            [outcome.dealership],
            now=self._now(),
            created_by="OrderProcessingIntegrator",
        )
        for problem in (*report.failures, *report.warnings):
            logger.warning("%s", problem)

    @property
    def _platform(self) -> PlatformSession:
        if self._session is None:
            self._session = self._opened.enter_context(open_platform())
            self._opened_here = True
        return self._session

    @property
    def _db(self) -> Database:
        return self._platform.db

    @property
    def _folders(self) -> VehicleFolders:
        return VehicleFolders.of(self._settings)

    @property
    def _settings(self) -> Settings:
        return self._platform.settings

    def _now(self) -> datetime:
        # Before the settings could be read there is no zone; an error result still carries a date.
        zone = ZoneInfo(self._session.settings.vehicles.timezone) if self._session else UTC
        return datetime.now(zone)

    def _log(self, error: Exception) -> str:
        """The guide's methods answer with dicts, not with exceptions; the cause must still be found somewhere."""
        logger.error("%s: %s", type(error).__name__, error, exc_info=error)
        return f"{type(error).__name__}: {error}"


def _job_result(
    request: JobRequest, outcome: JobOutcome | None, qr: dict[str, Any] | None, error: str | None
) -> dict[str, Any]:
    return {
        "success": outcome is not None and outcome.success and error is None,
        "job_id": outcome.job_id if outcome else None,
        "dealership": request.dealership,
        "job_type": request.job_type,
        "vehicle_count": outcome.vehicle_count if outcome else 0,
        "vehicles": outcome.vehicles if outcome else [],
        "export_file": outcome.export_file if outcome else None,
        "qr_output_path": outcome.qr_output_path if outcome else None,
        "qr_generation": qr,
        "created_at": outcome.created_at if outcome else None,
        "error": error,
    }
