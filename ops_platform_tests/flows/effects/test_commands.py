"""Running a program for an automation: what is no command, and what a restart of the machine tells afterwards.

That it runs without a shell, within its time, and never in the sandbox is shown by flows/retail/test_internet_flow.py.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from ops_platform.flows.effects.commands import CommandSender
from ops_platform.flows.effects.senders import CannotTell, Effect, Found, UnfitError
from ops_platform.flows.retail.systems import Systems
from ops_platform.settings import load_settings

BOOTED = datetime.fromtimestamp(psutil.boot_time(), UTC)


def sender(root: Path) -> CommandSender:
    return CommandSender(Systems(load_settings(root, {}), ""))


def effect(payload: dict[str, Any], claimed_at: datetime | None = None) -> Effect:
    return Effect(
        0, "command/internet/2026-05-14T13", "command", "internet", "true", payload, False, claimed_at=claimed_at
    )


@pytest.mark.parametrize("argv", [None, [], "shutdown -r", [""], ["  ", "-r"], {}, 3])
def test_what_names_no_program_is_refused_when_it_is_recorded(tmp_path: Path, argv: Any) -> None:
    with pytest.raises(UnfitError, match="a list of texts"):
        sender(tmp_path).prepare(effect({"argv": argv}))


def test_a_machine_that_was_started_since_has_been_restarted(tmp_path: Path) -> None:
    found = sender(tmp_path).look_up(effect({"argv": ["true"]}, BOOTED - timedelta(minutes=1)))
    assert isinstance(found, Found)
    assert "restarted since" in found.detail


@pytest.mark.parametrize("claimed_at", [BOOTED + timedelta(minutes=1), None])
def test_of_any_other_command_nobody_can_tell_and_it_is_never_run_again_by_itself(
    tmp_path: Path, claimed_at: datetime | None
) -> None:
    assert isinstance(sender(tmp_path).look_up(effect({"argv": ["true"]}, claimed_at)), CannotTell)
