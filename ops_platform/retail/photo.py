"""One product photo: bytes in, bytes out. Upright, on white, in sRGB-like RGB, small enough; or why not.

What belongs here: what a picture must look like for the web shop. What does not: folders and files
(flows/retail/photos.py) and which files are taken (automations/resize_photos.py).
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from math import ceil
from typing import Final

from PIL import Image, features
from PIL.JpegImagePlugin import JpegImageFile

from ops_platform.retail.photo_place import without_place
from ops_platform.settings_retail import PhotosSettings

_FORMATS: Final = ("JPEG", "PNG")  # other decoders are never run on a file somebody put there
_STEP: Final = 10  # of quality, down to the lowest
_WHITE: Final = (255, 255, 255)
_ORIENTATION: Final = 0x0112
# What the decoder shrinks is left larger than wanted, so that Lanczos has the last word: less would show.
_ROOM: Final = 1.15
_EIGHTHS: Final = features.check_feature("libjpeg_turbo")
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
    """None where the picture was not encoded anew."""


def fit_photo(data: bytes, rules: PhotosSettings) -> Photo:
    """Return the picture as a JPEG within the limits: fitted into fit_px if it is too large, never made larger.

    A JPEG that is small enough keeps its pixels, and all its bytes if none of them says where it was taken (GPS): that
    is never kept. Of any other the camera's turn mark is applied and dropped, transparency is laid on white, the colour
    profile is kept. Errors: PhotoError.
    """
    image, is_jpeg = _opened(data, rules)
    try:
        return _fitted(image, data, rules, is_jpeg=is_jpeg)
    except Exception as error:  # a broken file makes decoders raise all there is, struct.error and TypeError too
        raise PhotoError(f"it cannot be read to its end: {error}") from None


def _fitted(image: Image.Image, data: bytes, rules: PhotosSettings, *, is_jpeg: bool) -> Photo:
    before = _seen_size(image)
    too_large = len(data) > rules.larger_than_bytes
    if is_jpeg and not too_large:
        return Photo(without_place(data), before, before, None)
    size = _within(image.size, rules.fit_px) if too_large else image.size
    seen = _decode_near(image, size) if isinstance(image, JpegImageFile) else image.size
    profile = _rgb_profile(image)
    turned = image.getexif().get(_ORIENTATION, 1)
    plain = _plain(image)
    if plain.size != size:
        plain = _resized(plain, seen, size)
    # After the shrinking, which is the same either way up: there is less to turn then.
    upright = plain.transpose(_TURNS[turned]) if turned in _TURNS else plain
    content, quality = _encoded(upright, profile, rules)
    return Photo(content, before, upright.size, quality)


def _opened(data: bytes, rules: PhotosSettings) -> tuple[Image.Image, bool]:
    """The picture, not yet decoded, and whether it is a JPEG."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # max_pixels is ours, below
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
            # A JPEG that brings further pictures, as many phones write it: the first is the photo.
            is_jpeg = image.format in ("JPEG", "MPO")
            frames = 1 if is_jpeg else getattr(image, "n_frames", 1)
    except Exception as error:  # as above
        raise PhotoError("it is no JPEG or PNG picture" if data else "it is empty") from error
    if image.width * image.height > rules.max_pixels:
        raise PhotoError(f"it has {image.width * image.height:,} pixels, more than {rules.max_pixels:,}")
    if frames > 1:
        raise PhotoError("it is animated")
    return image, is_jpeg


def _seen_size(image: Image.Image) -> tuple[int, int]:
    turned = image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
    return (image.height, image.width) if turned else image.size


def _rgb_profile(image: Image.Image) -> bytes | None:
    """The colour profile, if it is one of RGB: what becomes RGB must not say that it is grey or CMYK."""
    profile = image.info.get("icc_profile")
    return profile if isinstance(profile, bytes) and profile[16:20] == b"RGB " else None


def _within(size: tuple[int, int], fit_px: int) -> tuple[int, int]:
    """A size fitted into a square, never made larger."""
    share = min(1.0, *(fit_px / side for side in size))
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))


def _decode_near(image: JpegImageFile, size: tuple[int, int]) -> tuple[float, float]:
    """Let the decoder shrink the picture while it reads it, to no less than a size and some: half of the work.

    Return how wide and high it will be, without what the decoder fills up the last pixels with.
    """
    width, height = image.size
    least = ceil(size[0] * _ROOM), ceil(size[1] * _ROOM)
    eighths = ceil(width * 3 / 8), ceil(height * 3 / 8)
    drafted = image.draft("RGB", least)
    # libjpeg can do any eighth, Pillow asks for halves only: twelve megapixels, what most cameras make, are decoded to
    # 3/8 instead of 4/8 and shrunk in two thirds of the time. Older libraries would take a third for a half.
    if image.decoderconfig == (2, 0) and eighths[0] >= least[0] and eighths[1] >= least[1] and _EIGHTHS:
        image.tile = [image.tile[0]._replace(extents=(0, 0, *eighths))]
        image.decoderconfig, image._size = (3, 0), eighths  # as its own draft does
        return width * 3 / 8, height * 3 / 8
    return drafted[1][2:] if drafted else (width, height)


def _resized(image: Image.Image, seen: tuple[float, float], size: tuple[int, int]) -> Image.Image:
    """Shrunk to a size. seen: how much of the picture counts, from the left upper corner."""
    # Lines first and then columns is a tenth less work than both at once, and the same picture.
    lines = image.resize((image.width, size[1]), Image.Resampling.LANCZOS, (0, 0, image.width, seen[1]))
    return lines.resize(size, Image.Resampling.LANCZOS, (0, 0, seen[0], size[1]))


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
    return image if image.mode == "RGB" else image.convert("RGB")


def _encoded(image: Image.Image, profile: bytes | None, rules: PhotosSettings) -> tuple[bytes, int]:
    """Encode at the quality wanted, and lower step by step while the file is larger than the limit."""
    quality = rules.quality
    while True:
        written = io.BytesIO()
        image.save(written, "JPEG", quality=quality, icc_profile=profile)
        if written.tell() <= rules.larger_than_bytes or quality <= rules.lowest_quality:
            return written.getvalue(), quality
        quality = max(quality - _STEP, rules.lowest_quality)
