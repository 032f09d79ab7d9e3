"""What a platform that is up says of itself, and who believes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ops_platform.cli.services.announcement import Announcer, announced


def test_the_announcement_of_another_process_under_the_same_number_is_not_believed(tmp_path: Path) -> None:
    announcer = Announcer(tmp_path, ui=("127.0.0.1", 3000), workspace="w")
    announcer.up()
    said = announced(tmp_path)
    assert said is not None
    assert said.is_up
    assert not replace(said, born=said.born - 100).is_up
    announcer.restarted("daemon")
    announcer.restarted("daemon")
    announcer.ended()
    ended = announced(tmp_path)
    assert ended is not None
    assert (ended.is_up, len(ended.restarts["daemon"])) == (False, 2)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"pid": 1}', "\x00"])
def test_an_announcement_that_cannot_be_read_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "platform.json").write_text(content)
    assert announced(tmp_path) is None
