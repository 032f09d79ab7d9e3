"""The demo's photos: each in the state its place says, and what the rules of photos make of them."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from ops_platform.retail.demo_photos import demo_photos
from ops_platform.retail.photo import PhotoError, fit_photo
from ops_platform.settings_retail import PhotosSettings

RULES = PhotosSettings()


@pytest.fixture(scope="module")
def photos() -> dict[str, bytes]:
    return dict(demo_photos())


def test_the_same_seed_makes_the_same_pictures_and_other_stems_other_names(photos: dict[str, bytes]) -> None:
    assert dict(demo_photos()) == photos
    others = [name for name, _ in demo_photos([f"{number}" for number in range(10_001, 10_013)])]
    assert others[0] == "10001.jpg"
    assert len(set(others)) == len(others) == 14


def test_three_are_too_large_and_come_out_upright_in_colour_and_without_their_place(photos: dict[str, bytes]) -> None:
    large = [name for name, data in photos.items() if len(data) > RULES.larger_than_bytes and name != "WM110.jpg"]
    assert large == ["WM101.jpg", "WM102.jpg", "WM103.jpg"]
    for name in large:
        made = fit_photo(photos[name], RULES)
        image = Image.open(io.BytesIO(made.content))
        assert (image.size, image.mode) == ((1280, 960), "RGB")
        assert not image.getexif().get_ifd(0x8825)
        # The sky is above, the grass below.
        assert image.getpixel((20, 20))[2] > image.getpixel((20, 940))[2] + 40  # type: ignore[index]
        assert len(made.content) < RULES.larger_than_bytes


@pytest.mark.parametrize("name", ["WM110.jpg", "WM111.jpg", "WM112.png"])
def test_three_are_no_pictures_that_can_be_used(photos: dict[str, bytes], name: str) -> None:
    with pytest.raises(PhotoError):
        fit_photo(photos[name], RULES)


@pytest.mark.parametrize("name", ["WM107.png", "WM108.png"])
def test_what_is_transparent_becomes_white(photos: dict[str, bytes], name: str) -> None:
    image = Image.open(io.BytesIO(fit_photo(photos[name], RULES).content))
    assert min(image.getpixel((5, 5))) > 245  # type: ignore[arg-type, type-var]


def test_fewer_names_than_pictures_are_refused() -> None:
    with pytest.raises(ValueError, match="12 names"):
        demo_photos(["A"])
