"""Product photos: upright, on white, small enough, nothing private in them; and whatever is no picture is told."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from ops_platform.retail.photo import PhotoError, fit_photo
from ops_platform.settings_retail import PhotosSettings

ORIENTATION, MAKER, GPS = 0x0112, 0x010F, 0x8825


def noise(width: int, height: int, mode: str = "RGB", seed: int = 1) -> Image.Image:
    channels = len(Image.new(mode, (1, 1)).getbands())
    values = np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)
    return Image.fromarray(values.squeeze(), mode)


def marked(width: int, height: int) -> Image.Image:
    """Noise with its left upper quarter red, so that a turned picture is seen to be turned."""
    image = noise(width, height)
    image.paste((255, 0, 0), (0, 0, width // 4, height // 4))
    return image


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **({"quality": 95} if kind == "JPEG" else {}), **options)
    return out.getvalue()


def with_tags(image: Image.Image, **tags: Any) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = tags.get("orientation", 1)
    if "gps" in tags:
        exif.get_ifd(GPS)[1] = tags["gps"]
    return encoded(image, exif=exif)


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


SMALL = PhotosSettings(larger_than_bytes=50_000, fit_px=128)


def test_a_large_sideways_picture_comes_out_upright_at_640_by_1280_without_the_mark() -> None:
    data = with_tags(noise(4000, 2000), orientation=6)
    assert len(data) > 1_800_000
    photo = fit_photo(data, PhotosSettings())
    image = opened(photo.content)
    assert (photo.size_before, photo.size, image.size) == ((2000, 4000), (640, 1280), (640, 1280))
    assert image.getexif().get(ORIENTATION, 1) == 1
    assert len(photo.content) <= 1_800_000


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_turn_mark_leads_to_the_picture_a_person_sees(orientation: int) -> None:
    data = with_tags(marked(400, 300), orientation=orientation)
    seen = opened(fit_photo(data, SMALL).content)
    from PIL import ImageOps

    wanted = ImageOps.exif_transpose(opened(data)).resize(seen.size)
    difference = np.abs(np.asarray(seen, dtype=float) - np.asarray(wanted, dtype=float)).mean()
    assert difference < 40  # noise against noise differs by some 70 when it is turned wrongly
    corner = {1: (0, 0), 2: (-1, 0), 3: (-1, -1), 4: (0, -1), 5: (0, 0), 6: (-1, 0), 7: (-1, -1), 8: (0, -1)}
    x, y = (place % size for place, size in zip(corner[orientation], seen.size, strict=True))
    red, green, blue = seen.getpixel((min(max(x, 4), seen.width - 5), min(max(y, 4), seen.height - 5)))
    assert red > 180
    assert max(green, blue) < 90


@pytest.mark.parametrize(("mode", "allowed"), [("RGB", 2.5), ("L", 0.8)])  # colours lose half their pixels in any JPEG
@pytest.mark.parametrize(
    "size", [(400, 300), (300, 400), (399, 301), (600, 401), (1025, 700), (260, 200), (130, 90), (1400, 700)]
)
def test_what_the_decoder_shrinks_is_the_picture_all_pixels_make(
    size: tuple[int, int], mode: str, allowed: float
) -> None:
    """However much of the shrinking the decoder does, nothing is moved, cut off or blurred."""
    shapes = noise(13, 9, mode).resize(size, Image.Resampling.BICUBIC)
    data = encoded(shapes)
    photo = fit_photo(data, PhotosSettings(larger_than_bytes=100, fit_px=128, quality=100, lowest_quality=100))
    wanted = opened(data).resize(photo.size, Image.Resampling.LANCZOS).convert("RGB")
    difference = np.abs(np.asarray(opened(photo.content), dtype=float) - np.asarray(wanted, dtype=float))
    assert max(photo.size) == 128
    assert difference.mean() < allowed  # moved by one pixel it is 6 and more
    assert np.percentile(difference, 99) < 12


def test_a_small_jpeg_keeps_every_byte() -> None:
    data = encoded(noise(50, 40))
    assert fit_photo(data, SMALL).content is data


def test_a_picture_is_never_made_larger() -> None:
    data = encoded(noise(1200, 60))
    rules = PhotosSettings(larger_than_bytes=1000, fit_px=2000)
    assert fit_photo(data, rules).size == (1200, 60)


def test_what_is_transparent_is_shown_on_white() -> None:
    image = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 10, 20))
    result = opened(fit_photo(encoded(image, "PNG"), SMALL).content)
    assert min(result.getpixel((17, 10))) > 245
    assert result.getpixel((3, 10))[2] > 200


def test_a_palette_with_a_transparent_colour_is_shown_on_white() -> None:
    image = Image.new("P", (20, 20), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])
    data = encoded(image, "PNG", transparency=0)
    assert min(opened(fit_photo(data, SMALL).content).getpixel((10, 10))) > 245


@pytest.mark.parametrize("mode", ["L", "LA", "1", "P"])
def test_other_kinds_of_png_become_rgb(mode: str) -> None:
    image = noise(30, 20).convert(mode)
    assert opened(fit_photo(encoded(image, "PNG"), SMALL).content).mode == "RGB"


def test_16_bits_a_channel_keep_their_shades() -> None:
    values = np.full((20, 20), 32768, dtype=np.uint16)
    data = encoded(Image.fromarray(values), "PNG")
    assert 120 < opened(fit_photo(data, SMALL).content).getpixel((10, 10))[0] < 136


def test_cmyk_becomes_rgb() -> None:
    data = encoded(noise(400, 300, "CMYK"))
    assert opened(fit_photo(data, SMALL).content).mode == "RGB"


def test_where_a_picture_was_taken_is_not_published() -> None:
    data = with_tags(noise(400, 300), gps="N")
    assert opened(data).getexif().get_ifd(GPS)
    content = fit_photo(data, SMALL).content
    assert not opened(content).getexif().get_ifd(GPS)


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf exif:GPSLatitude="35,36N"/></x:xmpmeta>'


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"xmp": XMP, "comment": b"of the store"}])
def test_a_small_jpeg_loses_the_place_and_keeps_its_pixels_and_how_it_is_turned(
    options: dict[str, Any], orientation: int
) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = orientation, "Canary cameras"
    exif.get_ifd(GPS)[1] = "N"
    data = encoded(noise(60, 40), exif=exif, icc_profile=profile, **options)
    photo = fit_photo(data, SMALL)
    image = opened(photo.content)
    assert photo.size == ((60, 40) if orientation == 1 else (40, 60))
    assert image.getexif().get(ORIENTATION, 1) == orientation
    assert not image.getexif().get_ifd(GPS)
    assert np.array_equal(np.asarray(image), np.asarray(opened(data)))
    assert (image.info["icc_profile"], image.info.get("comment")) == (profile, options.get("comment"))
    assert b"GPS" not in photo.content
    assert b"Canary" not in photo.content
    assert fit_photo(photo.content, SMALL).content is photo.content  # a second look finds nothing more


def test_a_place_that_only_a_program_wrote_down_goes_too() -> None:
    data = encoded(noise(60, 40), xmp=XMP)
    assert b"GPS" not in fit_photo(data, SMALL).content
    harmless = encoded(noise(60, 40), xmp=XMP.replace(b"GPS", b""))
    assert fit_photo(harmless, SMALL).content is harmless


def test_further_pictures_of_a_place_go_with_it() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 1
    exif.get_ifd(GPS)[1] = "N"
    further = with_tags(noise(60, 40, seed=2), gps="N")
    data = encoded(noise(60, 40), "MPO", save_all=True, append_images=[noise(60, 40, seed=3)], exif=exif) + further
    first = opened(data)
    assert (first.format, first.getexif().get_ifd(GPS)) == ("MPO", {1: "N"})
    content = fit_photo(data, SMALL).content
    image = opened(content)
    assert (image.format, image.getexif().get_ifd(GPS)) == ("JPEG", {})
    assert np.array_equal(np.asarray(image), np.asarray(first))
    assert content.count(b"\xff\xd8\xff") == 1


def test_bytes_between_the_parts_that_decoders_skip_hide_no_place() -> None:
    data = with_tags(noise(60, 40), gps="N")
    end = 4 + int.from_bytes(data[4:6], "big")  # of the first part
    odd = data[:end] + b"\x00\x00\xff" + data[end:]
    assert opened(odd).getexif().get_ifd(GPS)
    assert not opened(fit_photo(odd, SMALL).content).getexif().get_ifd(GPS)


def test_a_mark_that_cannot_be_read_is_not_kept() -> None:
    data = with_tags(noise(60, 40), gps="N")
    broken = data.replace(b"Exif\0\0MM", b"Exif\0\0??").replace(b"Exif\0\0II", b"Exif\0\0??")
    assert broken != data
    assert b"Exif" not in fit_photo(broken, SMALL).content


def test_the_colour_profile_is_kept() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(noise(400, 300), icc_profile=profile)
    assert opened(fit_photo(data, SMALL).content).info["icc_profile"] == profile


def test_a_picture_that_stays_large_loses_quality_step_by_step_and_no_further_than_allowed() -> None:
    data = encoded(noise(600, 600))
    tight = PhotosSettings(larger_than_bytes=len(data) // 2, fit_px=600, quality=90, lowest_quality=60)
    photo = fit_photo(data, tight)
    assert photo.quality in (60, 70, 80)
    assert len(photo.content) <= tight.larger_than_bytes
    hopeless = PhotosSettings(larger_than_bytes=10, fit_px=600, quality=90, lowest_quality=65)
    assert fit_photo(data, hopeless).quality == 65


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"<html>not found</html>", "no JPEG or PNG"),
        (encoded(noise(20, 20), "GIF"), "no JPEG or PNG"),
        (encoded(noise(400, 300))[:20_000], "to its end"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "no JPEG or PNG"),
    ],
    ids=["empty", "a page", "another format", "cut off", "only a head"],
)
def test_what_is_no_picture_is_told(data: bytes, said: str) -> None:
    with pytest.raises(PhotoError, match=said):
        fit_photo(data, PhotosSettings(larger_than_bytes=1))


def test_a_picture_that_would_fill_memory_is_never_decoded() -> None:
    data = encoded(Image.new("L", (9000, 9000)), "PNG")
    with pytest.raises(PhotoError, match="81,000,000 pixels"):
        fit_photo(data, PhotosSettings(max_pixels=1_000_000))


@pytest.mark.parametrize("size", [(400, 300), (20, 20)], ids=["large", "small"])
def test_a_jpeg_that_brings_further_pictures_is_the_first_of_them(size: tuple[int, int]) -> None:
    """Phones put a preview or a second exposure behind the photo; Pillow calls such a file MPO."""
    data = encoded(noise(*size), "MPO", save_all=True, append_images=[noise(*size, seed=2)], quality=95)
    photo = fit_photo(data, SMALL)
    if size == (20, 20):
        assert photo.content is data
    else:
        assert (photo.size, opened(photo.content).format) == ((128, 96), "JPEG")
        assert len(photo.content) <= SMALL.larger_than_bytes


def test_a_grey_profile_is_not_put_on_a_picture_that_becomes_rgb() -> None:
    grey = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    grey[16:20] = b"GRAY"
    data = encoded(noise(30, 20, "L"), "PNG", icc_profile=bytes(grey))
    assert "icc_profile" not in opened(fit_photo(data, SMALL).content).info


def test_a_palette_keeps_the_profile_its_colours_are_in() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(noise(30, 20).convert("P"), "PNG", icc_profile=profile)
    assert opened(fit_photo(data, SMALL).content).info["icc_profile"] == profile


HOSTILE = [
    with_tags(noise(60, 40), orientation=6, gps="N"),
    encoded(noise(60, 40), icc_profile=b"no profile"),
    encoded(noise(60, 40, "RGBA"), "PNG", exif=Image.Exif()),
    encoded(noise(60, 40), "MPO", save_all=True, append_images=[noise(60, 40)]),
]


@settings(max_examples=200, deadline=None)
@given(
    which=st.sampled_from(HOSTILE),
    changed=st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), min_size=1, max_size=8),
    length=st.floats(0.05, 1),
)
def test_whatever_a_file_holds_it_becomes_a_picture_or_is_told(
    which: bytes, changed: list[tuple[int, int]], length: float
) -> None:
    """A file that ended the whole run would keep every other photo from being looked at, hour after hour."""
    data = bytearray(which)
    for place, value in changed:
        data[place % len(data)] = value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of broken marks; it is not what is tested
        try:
            photo = fit_photo(bytes(data[: int(len(data) * length)]), PhotosSettings(larger_than_bytes=1, fit_px=32))
        except PhotoError as error:
            assert str(error)
        else:
            assert opened(photo.content).size == photo.size


@settings(max_examples=200, deadline=None)
@given(
    which=st.sampled_from(HOSTILE),
    changed=st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), max_size=8),
    length=st.floats(0.05, 1),
)
def test_whatever_a_small_jpeg_holds_no_place_that_can_be_read_is_left(
    which: bytes, changed: list[tuple[int, int]], length: float
) -> None:
    data = bytearray(which)
    for place, value in changed:
        data[place % len(data)] = value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            photo = fit_photo(bytes(data[: int(len(data) * length)]), PhotosSettings())
        except PhotoError as error:
            assert str(error)
        else:
            assert not Image.open(io.BytesIO(photo.content)).getexif().get_ifd(GPS)


def test_an_animated_picture_is_left() -> None:
    frames = [noise(20, 20, seed=seed) for seed in (1, 2)]
    data = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])
    with pytest.raises(PhotoError, match="animated"):
        fit_photo(data, SMALL)
