from __future__ import annotations

import os
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.core.logical_paths import (
    LogicalPathError,
    PathMap,
    join_logical,
    join_logical_names,
    last_part,
)

ROOT = Path("data", "qr").absolute()
OTHER = Path("data", "bmw").absolute()


@pytest.mark.parametrize(
    ("base", "joined"),
    [
        ("C:\\qr_codes\\bmw_west_stl\\", "C:\\qr_codes\\bmw_west_stl\\A.png"),
        ("C:\\qr_codes\\bmw_west_stl", "C:\\qr_codes\\bmw_west_stl\\A.png"),
        ("C:/qr_codes/bmw_west_stl/", "C:\\qr_codes\\bmw_west_stl\\A.png"),
        ("C:\\", "C:\\A.png"),
        ("\\\\nas\\print\\qr", "\\\\nas\\print\\qr\\A.png"),
        ("\\\\nas\\print", "\\\\nas\\print\\A.png"),
        ("/srv/qr/", "/srv/qr/A.png"),
        ("/", "/A.png"),
    ],
)
def test_a_path_is_joined_the_way_its_folder_is_written(base: str, joined: str) -> None:
    assert join_logical(base, "A.png") == joined


def test_the_joined_path_is_the_one_windows_would_make() -> None:
    base = "C:\\qr_codes\\serra_honda_ofallon\\"
    assert join_logical(base, "A.png") == str(PureWindowsPath(base) / "A.png")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "C:x", "NUL.png", "x.", "x ", "a\nb", "y" * 300])
@pytest.mark.parametrize("base", ["C:\\qr", "/qr"])
def test_a_name_that_is_not_one_file_name_is_refused(base: str, name: str) -> None:
    with pytest.raises(LogicalPathError, match="cannot be a file name"):
        join_logical_names(base, ["good.png", name])


@pytest.mark.parametrize("base", ["", "  "])
def test_an_empty_folder_is_refused_with_the_key_to_set(base: str) -> None:
    with pytest.raises(LogicalPathError, match="qr_output_path"):
        join_logical(base, "A.png")


@pytest.mark.parametrize(
    ("path", "last"),
    [("C:\\qr_codes\\columbia_bmw\\", "columbia_bmw"), ("/qr/x/", "x"), ("C:\\", ""), ("", "")],
)
def test_the_last_part_of_a_folder_is_its_name(path: str, last: str) -> None:
    assert last_part(path) == last


@pytest.mark.parametrize(
    ("logical", "physical"),
    [
        ("C:\\qr_codes\\columbia_bmw\\A.png", ROOT / "columbia_bmw" / "A.png"),
        ("c:\\QR_Codes\\Columbia_BMW\\A.png", ROOT / "Columbia_BMW" / "A.png"),
        ("C:/qr_codes/columbia_bmw/A.png", ROOT / "columbia_bmw" / "A.png"),
        ("C:\\qr_codes", ROOT),
        ("C:\\qr_codes\\.\\x", ROOT / "x"),
        ("C:\\qr_codes\\bmw\\A.png", OTHER / "A.png"),
        ("C:\\qr_codes\\bmw", OTHER),
        ("\\\\NAS\\print\\qr\\A.png", ROOT / "A.png"),
        ("/srv/qr/x/A.png", ROOT / "x" / "A.png"),
    ],
)
def test_a_logical_path_is_found_under_its_longest_root(logical: str, physical: Path) -> None:
    roots = {"C:\\qr_codes\\": ROOT, "C:\\qr_codes\\bmw": OTHER, "\\\\nas\\print\\qr": ROOT, "/srv/qr": ROOT}
    assert PathMap(roots).to_physical(logical) == physical


def test_a_folder_that_only_begins_like_a_root_is_not_under_it() -> None:
    with pytest.raises(LogicalPathError):
        PathMap({"C:\\qr": ROOT}).to_physical("C:\\qr_codes\\A.png")


def test_a_posix_root_keeps_its_case() -> None:
    with pytest.raises(LogicalPathError):
        PathMap({"/srv/qr": ROOT}).to_physical("/SRV/qr/A.png")


def test_an_unmapped_path_says_which_setting_to_extend_and_what_is_known() -> None:
    with pytest.raises(LogicalPathError) as caught:
        PathMap({"C:\\qr_codes": ROOT}, setting="vehicles.folders").to_physical("D:\\exports\\bmw\\a.csv")
    message = str(caught.value)
    assert '"vehicles.folders"' in message
    assert "D:\\exports" in message
    assert "C:\\qr_codes" in message


@pytest.mark.parametrize(
    "logical",
    [
        "C:\\qr_codes\\..\\secret.txt",
        "C:\\qr_codes\\x\\..\\..\\secret.txt",
        "C:\\qr_codes\\.. \\secret.txt",
        "C:\\qr_codes\\...\\secret.txt",
        "C:\\qr_codes\\NUL.png",
        "C:\\qr_codes\\aux\\A.png",
        "C:\\qr_codes\\A.png:stream",
        "C:\\qr_codes\\A.png.",
        "C:\\qr_codes\\a\x00b",
        "C:qr_codes\\A.png",
        "\\qr_codes\\A.png",
        "qr_codes\\A.png",
        "A.png",
        "",
        "\\\\?\\C:\\qr_codes\\A.png",
    ],
)
def test_a_path_that_could_leave_its_root_is_refused(logical: str) -> None:
    with pytest.raises(LogicalPathError):
        PathMap({"C:\\qr_codes": ROOT, "/srv/qr": ROOT}).to_physical(logical)


@given(
    st.sampled_from(["C:\\qr_codes\\", "c:/QR_CODES/", "/srv/qr/", ""]),
    st.lists(st.one_of(st.sampled_from(["..", ".", "", "\\", "/", "..\\", "../", "C:", "~", " ", "NUL"]), st.text())),
)
def test_no_text_leads_out_of_the_root(start: str, parts: list[str]) -> None:
    paths = PathMap({"C:\\qr_codes": ROOT, "/srv/qr": ROOT})
    for separator in ("\\", "/"):
        try:
            physical = paths.to_physical(start + separator.join(parts))
        except LogicalPathError:
            continue
        assert Path(os.path.normpath(physical)) == physical
        assert physical == ROOT or ROOT in physical.parents


@given(
    st.lists(
        st.builds(
            "".join,
            st.tuples(
                st.sampled_from(["C:\\qr_codes", "c:/QR_CODES", "C:\\qr_codes\\bmw", "/srv/qr", "C:", ""]),
                st.sampled_from(["\\", "/", ""]),
                st.sampled_from(["bmw", "BMW", "x", "..", ".", "NUL", "a.png", "x\\a.png", "bmw/a.png", ""]),
            ),
        ),
        max_size=6,
    )
)
def test_what_was_asked_before_never_changes_the_answer(asked: list[str]) -> None:
    roots = {"C:\\qr_codes": ROOT, "C:\\qr_codes\\bmw": OTHER, "/srv/qr": ROOT}
    used = PathMap(roots)

    def answer(paths: PathMap, logical: str) -> Path | str:
        try:
            return paths.to_physical(logical)
        except LogicalPathError as error:
            return str(error)

    for logical in [*asked, *asked]:
        assert answer(used, logical) == answer(PathMap(roots), logical)


def test_a_joined_path_is_found_again_for_every_dealership_folder(tmp_path: Path) -> None:
    paths = PathMap({"C:\\qr_codes": tmp_path})
    for folder in ("bmw_west_stl", "serra_honda_ofallon"):
        logical = join_logical(f"C:\\qr_codes\\{folder}\\", "WBAJA7C50KK123456.png")
        assert paths.to_physical(logical) == tmp_path / folder / "WBAJA7C50KK123456.png"


def test_two_roots_that_windows_takes_for_one_are_refused() -> None:
    with pytest.raises(LogicalPathError, match="given twice"):
        PathMap({"C:\\qr": ROOT, "c:/QR/": OTHER})


@pytest.mark.parametrize("root", ["qr", "C:qr", "", "C:\\qr\\..\\x"])
def test_a_root_that_is_no_absolute_folder_is_refused(root: str) -> None:
    with pytest.raises(LogicalPathError):
        PathMap({root: ROOT})


def test_the_roots_can_be_shown_as_they_were_given() -> None:
    assert PathMap({"C:\\qr_codes\\": ROOT}).roots == {"C:\\qr_codes\\": ROOT}
