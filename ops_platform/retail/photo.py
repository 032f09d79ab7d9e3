"""One product photo: bytes in, bytes out. Upright, on white, in sRGB-like RGB, small enough; or why not.

What belongs here: what a picture must look like for the web shop. What does not: folders and files
(flows/retail/photos.py) and which files are taken (automations/resize_photos.py).
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image

from ops_platform.settings_retail import PhotosSettings

_FORMATS: Final = ("JPEG", "PNG")  # other decoders are never run on a file somebody put there
_STEP: Final = 10  # of quality, down to the lowest
_WHITE: Final = (255, 255, 255)
_ORIENTATION: Final = 0x0112
# What undoes each turn mark of a camera (EXIF 2.3, tag 274).
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class PhotoError(Exception):
    """The bytes are no picture that can be used; the text says why."""


@dataclass(frozen=True)
class Photo:
    """A picture as it will be stored. sizes: (width, height) before and after, as it is looked at."""

    content: bytes
    size_before: tuple[int, int]
    size: tuple[int, int]
    quality: int | None
    """None where the bytes were kept as they were."""


def fit_photo(data: bytes, rules: PhotosSettings) -> Photo:
    """Return the picture as a JPEG within the limits: fitted into fit_px if it is too large, never made larger.

    A JPEG that is small enough keeps its bytes. The camera's turn mark is applied and dropped, transparency is laid on
    white, the colour profile is kept, and where the picture was taken (GPS) is not. Errors: PhotoError.
    """
    image, kind = _opened(data, rules)
    before = _seen_size(image)
    too_large = len(data) > rules.larger_than_bytes
    if kind == "JPEG" and not too_large:
        return Photo(data, before, before, None)
    try:
        if too_large and kind == "JPEG":
            # The decoder itself halves the picture while that stays above the size wanted: twice as fast.
            image.draft("RGB", (rules.fit_px, rules.fit_px))
        profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA", "L", "LA") else None
        plain = _plain(image)
        if too_large:
            plain.thumbnail((rules.fit_px, rules.fit_px), Image.Resampling.LANCZOS)
        # After the shrinking, which is the same either way up: there is less to turn then.
        turned = image.getexif().get(_ORIENTATION, 1)
        upright = plain.transpose(_TURNS[turned]) if turned in _TURNS else plain
        content, quality = _encoded(upright, profile, rules)
    except (OSError, ValueError, SyntaxError) as error:
        raise PhotoError(f"it cannot be read to its end: {error}") from None
    return Photo(content, before, upright.size, quality)


def _opened(data: bytes, rules: PhotosSettings) -> tuple[Image.Image, str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # max_pixels is ours, below
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PhotoError("it is no JPEG or PNG picture" if data else "it is empty") from error
    if image.width * image.height > rules.max_pixels:
        raise PhotoError(f"it has {image.width * image.height:,} pixels, more than {rules.max_pixels:,}")
    if getattr(image, "n_frames", 1) > 1:
        raise PhotoError("it is animated")
    return image, str(image.format)


def _seen_size(image: Image.Image) -> tuple[int, int]:
    turned = image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
    return (image.height, image.width) if turned else image.size


def _plain(image: Image.Image) -> Image.Image:
    """RGB, with what is transparent shown on white: Pillow's own conversion would show it on black."""
    if image.mode.startswith("I") or image.mode == "F":
        # 16 bits a channel: its own conversion cuts at 255 and leaves a white square.
        image = image.point(lambda value: value / 256).convert("L")
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA"):
        seen = image.convert("RGBA")
        ground = Image.new("RGB", seen.size, _WHITE)
        ground.paste(seen, mask=seen.getchannel("A"))
        return ground
    return image.convert("RGB")


def _encoded(image: Image.Image, profile: bytes | None, rules: PhotosSettings) -> tuple[bytes, int]:
    """Encode at the quality wanted, and lower step by step while the file is larger than the limit."""
    quality = rules.quality
    while True:
        written = io.BytesIO()
        image.save(written, "JPEG", quality=quality, icc_profile=profile)
        if written.tell() <= rules.larger_than_bytes or quality <= rules.lowest_quality:
            return written.getvalue(), quality
        quality = max(quality - _STEP, rules.lowest_quality)
