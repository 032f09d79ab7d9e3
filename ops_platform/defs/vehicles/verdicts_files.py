"""What figures mean, second half: files that come in and go out (verdicts.py holds the first half)."""

from __future__ import annotations

from collections.abc import Sequence

from ops_platform.defs.metadata import listing
from ops_platform.defs.verdict import MAX_NAMES, Row, Verdict


def files_loaded(failed: Sequence[Row], files: int) -> Verdict:
    """No file of the imports folder failed to load. failed: file, error. files: how many lie there."""
    figures = {"files": files, "failed": len(failed)}
    if not failed:
        return Verdict(True, f"None of the {files:,} files in the imports folder failed to load.", figures=figures)
    listed = "\n".join(f"- {row['file']}: {row['error']}" for row in failed)
    return Verdict(
        False,
        f"{len(failed)} of {files:,} files in the imports folder could not be loaded; nothing of them is in the "
        f"inventory. Mend or remove them.\n\n{listed}",
        failed,
        figures,
        is_error=True,
    )


def exports_written(exports: Sequence[Row]) -> Verdict:
    """Each active dealership has a job of the day that ended well. exports: the newest job of each."""
    failed = [row for row in exports if row["status"] not in ("completed", "empty")]
    empty = [row for row in exports if row["status"] == "empty" and row["on_hand"]]
    files = sum(row["status"] == "completed" for row in exports)
    figures = {"exports": files, "failed": len(failed), "cars": sum(row["cars"] or 0 for row in exports)}
    counted = f"{files:,} of {len(exports):,} active dealerships have an export of the day"
    if failed:
        reasons = [f"{row['dealership']}: {row['notes'] or row['status'] or 'no job'}" for row in failed]
        message = f"{counted}. Not exported: {listing(reasons, MAX_NAMES)}"
        return Verdict(False, message, exports, figures, is_error=True)
    if empty:
        names = listing([row["dealership"] for row in empty], MAX_NAMES)
        message = f"{counted}; the rules take none of the cars of {names}. Look at their rules."
        return Verdict(False, message, exports, figures)
    rest = "." if files == len(exports) else "; the others have no car on hand."
    return Verdict(True, f"{counted}{rest}", exports, figures)


def export_files(exports: Sequence[Row]) -> Verdict:
    """The files of the day's jobs stand where they were written, with the size they had (size_now: None is gone)."""
    files = [row for row in exports if row["status"] == "completed"]
    wrong = [row for row in files if row["size_now"] is None or row["size_now"] != row["file_size"]]
    figures = {"files": len(files), "wrong": len(wrong)}
    if not wrong:
        message = f"All {len(files):,} export files stand where they were written, with the recorded size."
        return Verdict(True, message, figures=figures)
    names = listing([str(row["export_file"]) for row in wrong], MAX_NAMES)
    return Verdict(
        False,
        f"{len(wrong):,} of {len(files):,} export files are gone or have another size than recorded: {names}. "
        "Materialise the dealership's partition to write it anew.",
        wrong,
        figures,
        is_error=True,
    )


def qr_completion(completion: Sequence[Row], *, wanted: float) -> Verdict:
    """Cars with their QR file. wanted: percent, to be exceeded by all together and by each dealership."""
    cars, files = sum(row["cars"] for row in completion), sum(row["files"] for row in completion)
    low = [row for row in completion if row["percent"] <= wanted]
    percent = round(100 * files / cars, 2) if cars else 100.0
    counted = f"{files:,} of {cars:,} cars have their QR file ({percent} %, more than {wanted:.0f} % wanted)"
    figures = {"percent": percent, "missing": cars - files}
    if not low:
        return Verdict(True, f"{counted}.", completion, figures)
    names = listing([row["dealership"] for row in low], MAX_NAMES)
    return Verdict(
        False,
        f"{counted}; below it: {names}. The failures of qr_files say why; materialise it again once that is mended.",
        low,
        figures,
    )


def qr_audit(checked: int, problems: Sequence[Row]) -> Verdict:
    """Files of the day's sample that were read and decoded again."""
    figures = {"checked": checked, "wrong": len(problems)}
    if not problems:
        return Verdict(True, f"{checked:,} files were read again; each says what its car needs.", figures=figures)
    return Verdict(
        False,
        f"{len(problems):,} of {checked:,} files are missing, torn or lead to another car. Do not print from these "
        "folders; materialise qr_files, which makes them anew, and find out what wrote there.",
        problems,
        figures,
        is_error=True,
    )
