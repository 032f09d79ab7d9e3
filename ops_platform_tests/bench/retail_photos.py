"""Product photos against the plain way of Pillow on one core, the same pictures in the same run."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from ops_platform.flows.retail.photos import apply_photos
from ops_platform.settings_retail import PhotosSettings
from ops_platform_tests.bench.table import Row


def run(short: bool) -> list[Row]:
    """Photos of 4000x3000 made to fit 1280: pictures a second."""
    count = 4 if short else 12
    with tempfile.TemporaryDirectory() as name:
        plain, ours = Path(name) / "plain", Path(name) / "ours"
        plain.mkdir()
        _photographs(plain, count)
        shutil.copytree(plain, ours)
        reference = count / _plain(plain)
        measured = count / _ours(ours)
    cores = os.cpu_count() or 1
    ratio = measured / reference
    return [
        Row(
            f"{count} photos 4000x3000 to 1280, {cores} cores",
            measured,
            "photos/s",
            "open, resize, save of Pillow, one core",
            reference,
            ratio,
            f">= {2 * cores}x",
            ratio >= 2 * cores,
        )
    ]


def _photographs(folder: Path, count: int) -> None:
    """Smooth shapes with some grain, as a camera sees them: pure noise would be no picture."""
    random = np.random.default_rng(1)
    for number in range(count):
        coarse = Image.fromarray(random.integers(0, 256, (30, 40, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize((4000, 3000), Image.Resampling.BICUBIC), dtype=np.int16)
        grain = random.integers(-12, 13, smooth.shape, dtype=np.int16)
        picture = Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8))
        picture.save(folder / f"{number}.jpg", quality=90)


def _plain(folder: Path) -> float:
    began = time.perf_counter()
    for file in sorted(folder.iterdir()):
        with Image.open(file) as image:
            image.resize((1280, 960), Image.Resampling.LANCZOS).save(folder / f"small_{file.name}", quality=90)
    return time.perf_counter() - began


def _ours(folder: Path) -> float:
    rows = [
        {"key": file.name, "field": "file", "old": file.stat().st_size, "new": file.name}
        for file in sorted(folder.iterdir())
    ]
    began = time.perf_counter()
    done = apply_photos(folder, pd.DataFrame(rows, dtype=object), PhotosSettings())
    seconds = time.perf_counter() - began
    assert all(found.status == "applied" and found.pixels == "1280x960" for found in done), done
    return seconds
