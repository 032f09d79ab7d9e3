"""Patterns that leave files out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.core.globs import excluder

NAMES = st.text(st.sampled_from("ab.-_ ü"), min_size=1, max_size=5).filter(
    lambda name: name.strip(" ") == name and name.strip(".")
)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@pytest.mark.parametrize(
    ("pattern", "left_out", "kept"),
    [
        ("*.tmp", ["a.tmp", "x/y/a.TMP", "old.tmp/inside"], ["a.tmpx", "tmp"]),
        ("cache", ["cache", "cache/a", "x/cache/a"], ["caches", "my cache"]),
        ("cache/**", ["cache/a", "cache/a/b"], ["cache", "x/cache/a"]),
        ("vehicles/qr_codes", ["vehicles/qr_codes", "vehicles/qr_codes/a.png"], ["vehicles", "x/vehicles/qr_codes"]),
        ("/top", ["top", "top/a"], ["x/top"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b/c"], ["a/bb", "x/a/b"]),
        ("**/b", ["b", "a/b"], ["ab"]),
        ("a?c", ["abc", "x/a-c"], ["ac", "a/c"]),
        ("[!a]*", ["b", "bcd"], ["a", "abc"]),
        ("[a-c].txt", ["b.txt"], ["d.txt", "-.txt"]),
        ("logs\\old", ["logs/old/a"], ["old"]),
        ("[", ["["], ["a"]),
        ("a.b", ["a.b"], ["axb"]),
    ],
)
def test_a_pattern_leaves_out_what_people_mean_by_it(pattern: str, left_out: list[str], kept: list[str]) -> None:
    leaves_out = excluder([pattern])
    assert [path for path in left_out if not leaves_out(path)] == []
    assert [path for path in kept if leaves_out(path)] == []


@pytest.mark.parametrize("patterns", [[], [""], ["  ", "/"]])
def test_without_a_pattern_nothing_is_left_out(patterns: list[str]) -> None:
    assert not excluder(patterns)("a")


@given(PATHS)
def test_a_path_is_left_out_by_itself_by_its_last_name_and_by_each_folder_above_it(path: str) -> None:
    parts = path.split("/")
    assert excluder([f"/{path}"])(path)
    assert excluder([parts[-1]])(path)
    assert all(excluder([f"/{'/'.join(parts[:depth])}"])(path) for depth in range(1, len(parts)))
    assert not excluder([f"{path}x"])(path)


@given(st.text(max_size=12), PATHS)
def test_no_pattern_makes_it_fail(pattern: str, path: str) -> None:
    assert excluder([pattern])(path) in (True, False)
