"""Pictures that a mail brings along: small enough for a phone, upright, and without what a camera wrote into them.

What belongs here: bytes of a picture to bytes of one fit for a mail. What does not: which picture (the payload).
"""

from __future__ import annotations

import functools
import io
from typing import Final

WIDEST: Final = 1180
"""Pixels: twice the width of a mail, for sharp screens."""
_LARGEST: Final = 300_000
_MOST_PIXELS: Final = 100_000_000
_KINDS: Final = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg"}
_QUALITY: Final = 82


class PictureError(ValueError):
    """No picture for a mail; the text says why."""


@functools.lru_cache(maxsize=16)  # an item that is back in stock has many who waited for it
def fit_for_mail(content: bytes) -> tuple[bytes, str]:
    """The picture and its type (png, jpeg). A chart that is small enough stays byte for byte; photos are made anew.

    Made anew, because a photo tells where it was taken. Errors: PictureError for anything but a whole PNG or JPEG.
    """
    kind = next((kind for start, kind in _KINDS.items() if content.startswith(start)), None)
    if kind is None:
        raise PictureError("is no PNG or JPEG")
    from PIL import Image, ImageOps  # noqa: PLC0415  # most commands show no picture

    try:
        with Image.open(io.BytesIO(content), formats=["PNG", "JPEG"]) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise PictureError(f"has {opened.width} x {opened.height} pixels, which could fill the memory")
            if kind == "png" and opened.width <= WIDEST and len(content) <= _LARGEST:
                opened.verify()
                return content, kind
            picture: Image.Image = ImageOps.exif_transpose(opened)
            picture.load()
    except PictureError:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PictureError(f"cannot be read ({error})") from None
    return _smaller(picture, kind)


def _smaller(picture: object, kind: str) -> tuple[bytes, str]:
    from PIL import Image  # noqa: PLC0415

    assert isinstance(picture, Image.Image)
    if picture.width > WIDEST:
        height = max(1, round(picture.height * WIDEST / picture.width))
        picture = picture.resize((WIDEST, height), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    if kind == "png":
        picture.save(out, "PNG", optimize=True)
    else:
        picture.convert("RGB").save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue(), kind


def placeholder(text: str) -> bytes:
    """A grey PNG that says what will stand there, for previews."""
    from PIL import Image, ImageDraw  # noqa: PLC0415

    picture = Image.new("RGB", (WIDEST, WIDEST // 2), "#d5ddd2")
    ImageDraw.Draw(picture).text((40, 40), text, fill="#5a665f", font_size=48)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
