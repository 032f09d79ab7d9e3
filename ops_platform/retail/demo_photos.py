"""The demo's product photos: drawn flowers, in the states in which photos arrive from cameras and suppliers.

Belongs here: making the files' bytes. Not here: where they go, and what is done with them (photo.py). The same seed
gives the same pictures with the same Pillow; another one may write other bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from PIL import Image, ImageDraw

_ORIENTATION, _GPS = 0x0112, 0x8825
_STEMS: Final = tuple(f"WM{number}" for number in range(101, 113))
_LARGE: Final = (1800, 1350)
_SMALL: Final = (480, 360)


def demo_photos(stems: Sequence[str] = _STEMS, *, seed: int = 2026) -> list[tuple[str, bytes]]:
    """File names and bytes of fourteen pictures; `stems`: twelve names without ending, such as item numbers.

    In order: three too large, the first lying on its side with its place of making (orientation 6, GPS), the third in
    CMYK; a small one that is fine, one named .JPG, one .jpeg; a transparent png, one with a palette; a png beside a jpg
    of the same stem; one cut off, one empty, one that is text; one more for a product's second view (stem^1).
    ValueError: fewer stems.
    """
    if len(stems) < len(_STEMS):
        raise ValueError(f"the demo's photos need {len(_STEMS)} names, given: {len(stems)}")
    rng = np.random.default_rng(seed)
    small = [_flower(rng, _SMALL) for _ in stems]
    turned = _flower(rng, _LARGE, grain=70).transpose(Image.Transpose.ROTATE_90)
    return [
        (f"{stems[0]}.jpg", _bytes(turned, "JPEG", quality=94, exif=_camera())),
        (f"{stems[1]}.jpg", _bytes(_flower(rng, _LARGE, grain=70), "JPEG", quality=94)),
        (f"{stems[2]}.jpg", _bytes(_flower(rng, _LARGE, grain=70).convert("CMYK"), "JPEG", quality=92)),
        (f"{stems[3]}.jpg", _bytes(small[3], "JPEG")),
        (f"{stems[4]}.JPG", _bytes(small[4], "JPEG")),
        (f"{stems[5]}.jpeg", _bytes(small[5], "JPEG")),
        (f"{stems[6]}.png", _bytes(_cut_out(small[6]), "PNG")),
        (f"{stems[7]}.png", _bytes(_cut_out(small[7]).quantize(64), "PNG")),
        (f"{stems[8]}.png", _bytes(small[8], "PNG")),
        (f"{stems[8]}.jpg", _bytes(small[8], "JPEG")),
        (f"{stems[9]}.jpg", _bytes(_flower(rng, _LARGE, grain=70), "JPEG", quality=94)[:1_900_000]),
        (f"{stems[10]}.jpg", b""),
        (f"{stems[11]}.png", b"the photographer will send this one tomorrow\n"),
        (f"{stems[3]}^1.jpg", _bytes(small[11], "JPEG")),
    ]


def _flower(rng: np.random.Generator, size: tuple[int, int], *, grain: int = 6) -> Image.Image:
    """A flower on a stem before a sky. grain: how noisy; noise is what makes a file large."""
    width, height = size
    image = Image.new("RGB", size, (214, 228, 238))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, height * 3 // 4, width, height), fill=(106, 142, 88))
    middle, top, reach = width // 2, height * 2 // 5, height // 6
    draw.rectangle((middle - reach // 10, top, middle + reach // 10, height * 7 // 8), fill=(58, 104, 62))
    colour = tuple(rng.integers((150, 30, 60), (250, 130, 220)).tolist())
    for turn in np.linspace(0, 2 * np.pi, 7)[:-1].tolist():
        x, y = middle + int(reach * np.cos(turn)), top + int(reach * np.sin(turn))
        draw.ellipse((x - reach * 2 // 3, y - reach * 2 // 3, x + reach * 2 // 3, y + reach * 2 // 3), fill=colour)
    draw.ellipse((middle - reach // 2, top - reach // 2, middle + reach // 2, top + reach // 2), fill=(240, 200, 70))
    noise = rng.integers(-grain, grain + 1, (height, width, 3), dtype=np.int16)
    return Image.fromarray(np.clip(np.asarray(image, dtype=np.int16) + noise, 0, 255).astype(np.uint8))


def _cut_out(image: Image.Image) -> Image.Image:
    """The flower alone, everything above a quarter of its width from the middle transparent."""
    mask = Image.new("L", image.size, 0)
    width, height = image.size
    ImageDraw.Draw(mask).ellipse((width // 4, 0, width * 3 // 4, height), fill=255)
    seen = image.convert("RGBA")
    seen.putalpha(mask)
    return seen


def _camera() -> Image.Exif:
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    exif[_GPS] = {1: "N", 2: (35.0, 35.0, 0.0), 3: "W", 4: (82.0, 33.0, 0.0)}
    return exif


def _bytes(image: Image.Image, kind: str, **options: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()
