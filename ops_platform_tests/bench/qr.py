"""QR files: making new ones with every file read back, and passing over unchanged ones.

The reference is the `qrcode` package as people use it: automatic mask, a Pillow image, resized to 388 px, saved as
PNG bytes, on one core and without writing or reading back.
"""

from __future__ import annotations

import io
import random
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import qrcode

from ops_platform.flows.vehicles.qr_files import QrTask, make_qr_files
from ops_platform.vehicles.qr import QrLook, qr_payload
from ops_platform_tests.bench.table import Row

_FILES = 8_000
_REFERENCE_FILES = 150
_WORDS = ("toyota", "corolla", "cross", "hybrid", "chevrolet", "silverado", "1500", "crew", "cab", "4wd", "awd", "suv")


def run() -> list[Row]:
    """Measure both figures in a temporary folder; about half a minute on two cores."""
    with tempfile.TemporaryDirectory(prefix="ops-bench-qr-") as folder:
        tasks = _tasks(Path(folder))
        sample = random.Random(1).sample(tasks, _REFERENCE_FILES)
        half = _REFERENCE_FILES // 2
        # Before and after the measured work, so that a machine that slows down meanwhile counts for both.
        seconds = _seconds_of_reference(sample[:half])
        started = time.perf_counter()
        results = make_qr_files(tasks)
        made = _FILES / (time.perf_counter() - started)
        seconds += _seconds_of_reference(sample[half:])
        reference = _REFERENCE_FILES / seconds

        tasks = [replace(task, record=result.record) for task, result in zip(tasks, results, strict=True)]
        started = time.perf_counter()
        again = make_qr_files(tasks)
        skipped = _FILES / (time.perf_counter() - started)

    all_made = all(result.state == "made" for result in results)
    all_skipped = all(result.state == "unchanged" for result in again)
    return [
        Row(
            name="QR files made, read back, in place (all cores)",
            measured=made,
            unit="files/s",
            reference="qrcode package, one core, bytes only",
            reference_measured=reference,
            ratio=made / reference,
            reach=">= 15x",
            ok=all_made and made / reference >= 15,
        ),
        Row(
            name="QR files unchanged, passed over",
            measured=skipped,
            unit="files/s",
            reference="",
            reference_measured=None,
            ratio=None,
            reach=">= 20,000 files/s",
            ok=all_skipped and skipped >= 20_000,
        ),
    ]


def _tasks(folder: Path) -> list[QrTask]:
    """Cars of 40 dealerships whose URLs are as long as real ones: 104 characters, 147 with UTM."""
    chance = random.Random(13)
    tasks = []
    for number in range(_FILES):
        vin = f"5UXKR0C5{number:09d}"
        words = "-".join(chance.choice(_WORDS) for _ in range(7))[:44]
        url = f"https://www.dealership{number % 40:02d}.com/inventory/new-2025-{words}-{vin.lower()}/"
        path = folder / f"dealership{number % 40:02d}" / f"{vin}.png"
        tasks.append(QrTask(vin, qr_payload(vin, url, "url_utm").text, QrLook(), path))
    return tasks


def _seconds_of_reference(tasks: list[QrTask]) -> float:
    started = time.perf_counter()
    for task in tasks:
        code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M)
        code.add_data(task.payload)
        code.make(fit=True)
        code.make_image().get_image().resize((388, 388)).save(io.BytesIO(), "PNG")
    return time.perf_counter() - started
