"""The benchmark command: what it runs, what it reports, and when it fails."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from ops_platform_tests.bench.__main__ import find_runs, main
from ops_platform_tests.bench.table import Row


def figure(*, ok: bool, measured: float = 3.0) -> Row:
    return Row("work", measured, "s", "other work", 1.5, measured / 1.5, "<= 2x", ok)


def test_every_subject_of_the_folder_is_found_and_no_helper() -> None:
    found = find_runs()
    assert "qr" in found
    assert found.keys().isdisjoint({"table", "__main__", "test_main"})


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (False, 1)])
def test_a_missed_reach_makes_the_command_fail(ok: bool, code: int) -> None:
    assert main([], {"one": lambda: [figure(ok=True)], "two": lambda: [figure(ok=ok)]}) == code


def test_only_the_named_subjects_run() -> None:
    asked: list[str] = []

    def one() -> list[Row]:
        asked.append("one")
        return [figure(ok=True)]

    def two() -> list[Row]:
        asked.append("two")
        return [figure(ok=False)]

    assert main(["--only", "one"], {"one": one, "two": two}) == 0
    assert asked == ["one"]


def test_a_subject_that_is_not_there_is_refused_with_the_names_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "qrr"], {"qr": lambda: [figure(ok=True)]})
    assert "qr" in capsys.readouterr().err


def test_short_reaches_the_subjects_that_take_it() -> None:
    asked: list[bool] = []

    def run(short: bool) -> list[Row]:
        asked.append(short)
        return [figure(ok=True)]

    assert main(["--short"], {"one": run}) == 0
    assert main([], {"one": run}) == 0
    assert asked == [True, False]


@pytest.mark.parametrize("fails", [True, False])
def test_what_a_subject_says_beside_its_figures_is_shown_when_it_breaks(
    capsys: pytest.CaptureFixture[str], fails: bool
) -> None:
    def talking() -> list[Row]:
        sys.stderr.write("the run began\n")
        if fails:
            raise RuntimeError("no disk")
        return [figure(ok=True)]

    main([], {"talking": talking})
    shown = capsys.readouterr()
    assert ("the run began" in shown.out, shown.err) == (fails, "")


def test_a_broken_subject_fails_the_command_and_leaves_the_others_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> list[Row]:
        raise RuntimeError("no disk [left]")

    target = tmp_path / "figures.json"
    assert main(["--json", str(target)], {"a": broken, "b": lambda: [figure(ok=True)]}) == 1
    report = json.loads(target.read_text(encoding="utf-8"))
    assert report["broken"] == {"a": "RuntimeError: no disk [left]"}
    assert [(row["subject"], row["measured"], row["ok"]) for row in report["rows"]] == [("b", 3.0, True)]
    assert "cores" in report["machine"]
    assert report["versions"]["pandas"]
    assert "no disk [left]" in capsys.readouterr().out
