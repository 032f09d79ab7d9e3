"""Every command of `ops`: its help, its place in docs/cli.md, and how errors, Ctrl-C and SIGTERM end it."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from ops_platform.cli import errors, main
from ops_platform.cli.app import app
from ops_platform.cli.errors import CommandError, explain, run
from ops_platform.cli.migrate import refuse_older
from ops_platform.paths import project_root
from ops_platform_tests.cli.ops_command import Ops

HEAVY = ("dagster", "numpy", "pandas", "psycopg", "sqlalchemy")
ASK_FOR_HELP = """
import json, sys
from ops_platform.cli.app import app
for arguments in json.loads(sys.argv[1]):
    try:
        app([*arguments, "--help"], prog_name="ops")
    except SystemExit as end:
        assert end.code == 0, arguments
print("imported:", [name for name in json.loads(sys.argv[2]) if name in sys.modules])
"""


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


ROOT: Any = typer.main.get_command(app)
COMMANDS = dict(_commands(ROOT))


def test_the_help_of_every_command_and_group_imports_neither_pandas_nor_dagster_nor_a_driver() -> None:
    groups = {path[:length] for path in COMMANDS for length in range(len(path))}
    asked = [list(path) for path in (*COMMANDS, *groups)]
    done = subprocess.run(
        [sys.executable, "-c", ASK_FOR_HELP, json.dumps(asked), json.dumps(HEAVY)],
        capture_output=True,
        text=True,
        check=True,
        cwd=project_root(),
    )
    assert done.stdout.rstrip().endswith("imported: []")


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_the_help_of_a_command_says_what_it_does_and_gives_an_example_that_names_it(path: tuple[str, ...]) -> None:
    command = COMMANDS[path]
    assert len(command.help.split()) > 3
    assert f"ops {' '.join(path)}" in command.epilog
    assert command.epilog.startswith("Example: ")


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_stands_in_the_docs_with_its_example(path: tuple[str, ...]) -> None:
    docs = (project_root() / "docs" / "cli.md").read_text(encoding="utf-8")
    assert f"`ops {' '.join(path)}" in docs
    assert COMMANDS[path].epilog.removeprefix("Example: ") in docs


def test_the_docs_name_no_command_that_does_not_exist() -> None:
    docs = (project_root() / "docs" / "cli.md").read_text(encoding="utf-8")
    named = [line.split("`")[1].split() for line in docs.splitlines() if line.startswith("| `ops ")]
    assert {tuple(words[1:]) for words in named} == set(COMMANDS)


def test_what_messages_and_docs_tell_a_person_to_type_has_its_command_and_options() -> None:
    root = project_root()
    wrong = []
    for file in [*(root / "ops_platform").rglob("*.py"), *(root / "docs").rglob("*.md")]:
        text = re.sub(r'"\s*\n\s*f?"', "", file.read_text(encoding="utf-8"))  # strings that go on in the next line
        wrong += [f"{file.name}: ops {typed}" for typed in re.findall(r"`ops ([^`\n]*)`", text) if not _exists(typed)]
    assert wrong == []


def _exists(typed: str) -> bool:
    command, words = ROOT, typed.split()
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    options = {name for param in command.params for name in (*param.opts, *param.secondary_opts)} | {"--help"}
    is_group = bool(getattr(command, "commands", None))
    return {word.partition("=")[0] for word in words if word.startswith("--")} <= options and not (
        is_group and words and words[0].isalpha() and words[0].islower()
    )


def test_the_installed_command_and_the_module_are_the_same_entry() -> None:
    (entry,) = importlib.metadata.entry_points(group="console_scripts", name="ops")
    assert entry.load() is main
    assert "import main" in (project_root() / "ops_platform" / "__main__.py").read_text(encoding="utf-8")


def test_wrong_use_and_wrong_settings_end_with_2_and_name_what_is_wrong(tmp_path: Path) -> None:
    ops = Ops(tmp_path)
    assert "No such command 'vehicle'" in ops.run("vehicle", code=2).err
    answer = ops.run("doctor", code=2, OPS_UI__PROT="1")
    assert "OPS_UI__PROT" in answer.err
    assert "OPS_UI__PORT" in answer.err
    assert "Traceback" not in answer.err
    assert answer.out == ""


@pytest.mark.parametrize("name", errors.KNOWN)
def test_every_error_with_an_exit_code_of_its_own_exists(name: str) -> None:
    module, _, kind = name.rpartition(".")
    assert issubclass(getattr(importlib.import_module(module), kind), Exception)


def test_an_error_a_person_can_mend_is_one_message_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    def fails() -> None:
        raise CommandError("the folder [x] is full; free some space", code=2)

    assert run(fails) == 2
    assert capsys.readouterr().err == "Error: the folder [x] is full; free some space\n"


def test_a_defect_shows_its_traceback_and_where_to_report_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(lambda: 1 / 0) == 1
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "ops doctor" in said


def test_a_database_that_is_away_and_a_file_that_is_not_there_are_no_defects() -> None:
    import psycopg

    assert explain(psycopg.OperationalError("connection refused")) == (
        "the database does not answer: connection refused\nSee `ops doctor`.",
        1,
    )
    assert explain(FileNotFoundError(2, "No such file or directory", "x.csv")) == (
        "x.csv: No such file or directory",
        1,
    )
    assert explain(ValueError("x")) is None


def test_ctrl_c_ends_with_130_and_one_line_also_from_inside_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    small = typer.Typer()

    @small.command()
    def wait() -> None:
        raise KeyboardInterrupt

    assert run(lambda: small([])) == 130
    assert capsys.readouterr().err.strip() == "Interrupted."


def test_sigterm_gives_everything_back_before_it_ends_the_command() -> None:
    program = (
        "import sys, time\nfrom ops_platform.cli.errors import run\n"
        "def work():\n    try:\n        print('at work', flush=True); time.sleep(60)\n"
        "    finally:\n        print('given back', flush=True)\n"
        "sys.exit(run(work))"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=project_root())
    assert process.stdout is not None
    assert process.stdout.readline() == "at work\n"
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=30)[0] == "given back\n"
    assert process.returncode == 143


def test_a_reader_that_has_enough_is_no_error(tmp_path: Path) -> None:
    reader = subprocess.Popen(
        [sys.executable, "-m", "ops_platform", "vehicles", "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=Ops(tmp_path).env(),
        cwd=project_root(),
    )
    assert reader.stdout is not None
    assert reader.stderr is not None
    reader.stdout.close()
    said = reader.stderr.read()
    reader.wait(timeout=30)
    assert b"Traceback" not in said
    assert b"Exception" not in said


def test_going_back_to_an_older_migration_is_refused_with_the_way_out() -> None:
    names = ["0001_vehicles", "0002_restaurant"]
    refuse_older("0002", names)
    refuse_older("0002_restaurant", names)
    with pytest.raises(CommandError, match=r"0001_vehicles is older .*only go forward.*restore a backup"):
        refuse_older("0001", names)
    with pytest.raises(CommandError, match="no migration 0007; this checkout has 0001_vehicles, 0002") as unknown:
        refuse_older("0007", names)
    assert unknown.value.code == 2
