"""Making and verifying QR files: only what is missing or changed, whole files only, one failure stops nothing."""

from __future__ import annotations

import builtins
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from PIL import Image

from ops_platform.flows.vehicles import qr_files
from ops_platform.flows.vehicles.qr_files import QrCheck, QrResult, QrTask, make_chunk, make_qr_files, verify_qr_files
from ops_platform.flows.vehicles.qr_pool import run_chunks
from ops_platform.vehicles.qr import QrLook, make_qr, payload_hash, qr_payload
from ops_platform.vehicles.qr_decode import read_qr_png
from ops_platform_tests.chaos import attempts, kills

LOOK = QrLook()


def _vin(number: int) -> str:
    return f"5UXKR0C58F0P{number:05d}"


def _tasks(folder: Path, count: int, look: QrLook = LOOK, dealer: str = "a") -> list[QrTask]:
    return [
        QrTask(
            _vin(number),
            qr_payload(_vin(number), f"https://www.dealer.example/{dealer}/{_vin(number)}/", look.payload).text,
            look,
            folder / f"{_vin(number)}.png",
        )
        for number in range(count)
    ]


def _recorded(tasks: list[QrTask], results: list[QrResult] | list[QrCheck]) -> list[QrTask]:
    return [replace(task, record=result.record) for task, result in zip(tasks, results, strict=True)]


def _states(results: list[QrResult] | list[QrCheck]) -> dict[str, int]:
    return dict(Counter(result.state for result in results))


def _names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


# --- making


def test_missing_files_are_made_and_say_what_they_should(tmp_path: Path) -> None:
    tasks = _tasks(tmp_path / "new" / "folder", 5)
    results = make_qr_files(tasks)
    assert _states(results) == {"made": 5}
    for task, result in zip(tasks, results, strict=True):
        content = task.path.read_bytes()
        assert read_qr_png(content).payload == task.payload
        assert result.record is not None
        assert (result.vin, result.path, result.reason) == (task.vin, task.path, None)
        assert (result.record.size, result.record.payload_hash) == (len(content), payload_hash(task.payload))
        assert result.record.mtime_ns == task.path.stat().st_mtime_ns
    assert _states(verify_qr_files(_recorded(tasks, results))) == {"ok": 5}
    assert _names(tmp_path / "new" / "folder") == [task.path.name for task in tasks]


def test_an_unchanged_file_is_neither_opened_nor_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = _recorded(tasks := _tasks(tmp_path, 5), make_qr_files(tasks))
    before = {task.path: task.path.stat() for task in tasks}

    def no_open(*args: object, **kwargs: object) -> None:
        raise AssertionError(f"a file was opened: {args}")

    for owner, name in ((builtins, "open"), (os, "open"), (Path, "open"), (Path, "read_bytes"), (Path, "stat")):
        monkeypatch.setattr(owner, name, no_open)
    results = make_qr_files(tasks)
    monkeypatch.undo()
    assert _states(results) == {"unchanged": 5}
    assert [result.record for result in results] == [task.record for task in tasks]
    assert {task.path: task.path.stat() for task in tasks} == before


def test_a_changed_url_or_look_makes_only_that_file_anew(tmp_path: Path) -> None:
    tasks = _recorded(tasks := _tasks(tmp_path, 4), make_qr_files(tasks))
    tasks[1] = replace(tasks[1], payload=tasks[1].payload + "&price=1")
    tasks[3] = replace(tasks[3], look=QrLook(size_px=512))
    results = make_qr_files(tasks)
    assert [result.state for result in results] == ["unchanged", "made", "unchanged", "made"]
    assert read_qr_png(tasks[1].path.read_bytes()).payload.endswith("&price=1")
    with Image.open(tasks[3].path) as picture:
        assert picture.size == (512, 512)


@pytest.mark.parametrize("damage", ["removed", "emptied", "cut", "same size, other content"])
def test_a_file_damaged_since_is_made_anew(tmp_path: Path, damage: str) -> None:
    tasks = _recorded(tasks := _tasks(tmp_path, 3), make_qr_files(tasks))
    path = tasks[1].path
    content = path.read_bytes()
    if damage == "removed":
        path.unlink()
    elif damage == "emptied":
        path.write_bytes(b"")
    elif damage == "cut":
        path.write_bytes(content[:-7])
    else:
        path.write_bytes(content[:-20] + b"x" * 20)
        os.utime(path, ns=(1, 1))
    results = make_qr_files(tasks)
    assert [result.state for result in results] == ["unchanged", "made", "unchanged"]
    assert path.read_bytes() == content


def test_a_restored_folder_with_new_times_is_recognised_and_its_times_recorded(tmp_path: Path) -> None:
    tasks = _recorded(tasks := _tasks(tmp_path, 3), make_qr_files(tasks))
    for task in tasks:
        os.utime(task.path, ns=(5_000_000_000, 5_000_000_000))
    results = make_qr_files(tasks)
    assert _states(results) == {"unchanged": 3}
    assert {result.record.mtime_ns for result in results if result.record} == {5_000_000_000}


def test_a_right_file_without_a_record_is_adopted_and_not_rewritten(tmp_path: Path) -> None:
    tasks = _tasks(tmp_path, 3)
    first = make_qr_files(tasks)
    results = make_qr_files(tasks)
    assert _states(results) == {"unchanged": 3}
    assert [result.record for result in results] == [result.record for result in first]


def test_one_failing_file_does_not_stop_the_rest_and_says_why(tmp_path: Path) -> None:
    tasks = _tasks(tmp_path, 6)
    tasks[1] = replace(tasks[1], look=QrLook(size_px=30))
    tasks[2] = replace(tasks[2], payload="https://d.example/" + "x" * 3000)
    tasks[3].path.mkdir()
    (tmp_path / "file").write_text("no folder")
    tasks[4] = replace(tasks[4], path=tmp_path / "file" / "x.png")
    results = make_qr_files(tasks)
    assert [result.state for result in results] == ["made", "failed", "failed", "failed", "failed", "made"]
    reasons = [result.reason or "" for result in results]
    assert "needs at least" in reasons[1]
    assert "do not fit" in reasons[2]
    assert "a folder of that name is there" in reasons[3]
    assert "is a file, not a folder" in reasons[4] or "cannot be read" in reasons[4]
    assert [result.record is None for result in results] == [False, True, True, True, True, False]


def test_a_fault_inside_the_engine_fails_that_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(vin: str, payload: str, look: QrLook) -> object:
        if vin == _vin(1):
            raise RuntimeError("out of order")
        return make_qr(vin, payload, look)

    monkeypatch.setattr(qr_files, "make_qr", faulty)
    results = make_qr_files(_tasks(tmp_path, 3), processes=1)
    assert [result.state for result in results] == ["made", "failed", "made"]
    assert "out of order" in (results[1].reason or "")


def test_a_picture_that_reads_back_wrongly_never_takes_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = _tasks(tmp_path, 3)
    make_qr_files(tasks[:2])
    old = tasks[1].path.read_bytes()
    changed = [replace(task, payload=task.payload + "&a=1") for task in tasks]

    def faulty(vin: str, payload: str, look: QrLook) -> object:
        image = make_qr(vin, payload, look)
        if vin == _vin(1):  # the encoder puts another car's code into this car's file
            return replace(image, png=make_qr(vin, payload + "2", look).png)
        return replace(image, png=image.png[:-9]) if vin == _vin(2) else image

    monkeypatch.setattr(qr_files, "make_qr", faulty)
    results = make_qr_files(changed, processes=1)
    assert [result.state for result in results] == ["made", "failed", "failed"]
    assert "must read back as" in (results[1].reason or "")
    assert "cut off" in (results[2].reason or "")
    assert tasks[1].path.read_bytes() == old
    assert _names(tmp_path) == [tasks[0].path.name, tasks[1].path.name]


def test_two_cars_that_want_one_file_are_told_and_the_same_car_twice_is_made_once(tmp_path: Path) -> None:
    first, second = _tasks(tmp_path, 1)[0], _tasks(tmp_path, 1, dealer="b")[0]
    results = make_qr_files([first, second, first])
    assert [result.state for result in results] == ["made", "failed", "made"]
    assert "wanted twice" in (results[1].reason or "") and first.payload in (results[1].reason or "")
    assert read_qr_png(first.path.read_bytes()).payload == first.payload


def test_warnings_about_small_modules_come_with_the_result(tmp_path: Path) -> None:
    (result,) = make_qr_files(_tasks(tmp_path, 1, QrLook(dpi=600)))
    assert "mm at 600 dpi" in result.warnings[0]


def test_progress_counts_every_task_and_ends_with_all(tmp_path: Path) -> None:
    tasks = _tasks(tmp_path, 150)
    tasks[:50] = _recorded(tasks[:50], make_qr_files(tasks[:50]))
    calls: list[tuple[int, int]] = []
    make_qr_files(tasks, processes=1, progress=lambda done, total: calls.append((done, total)))
    assert calls[0] == (50, 150)
    assert calls[-1] == (150, 150)
    assert calls == sorted(calls) and len(calls) == 3
    assert make_qr_files([]) == []


# --- processes


def test_the_same_files_come_out_of_several_processes_as_of_one(tmp_path: Path) -> None:
    one, many = _tasks(tmp_path / "one", 200), _tasks(tmp_path / "many", 200)
    assert _states(make_qr_files(one, processes=1)) == {"made": 200}
    calls: list[int] = []
    results = make_qr_files(many, processes=2, progress=lambda done, total: calls.append(done))
    assert [result.vin for result in results] == [task.vin for task in many]
    assert _states(results) == {"made": 200}
    assert calls == sorted(calls) and calls[-1] == 200
    assert [task.path.read_bytes() for task in one] == [task.path.read_bytes() for task in many]


def _die_in_a_process(chunk: list[int]) -> list[int]:
    import multiprocessing

    if multiprocessing.parent_process() is not None and 3 in chunk:
        os._exit(9)
    return [number * 2 for number in chunk]


def test_what_a_dying_process_leaves_is_done_by_the_first_one() -> None:
    done: list[int] = []
    results = run_chunks(_die_in_a_process, [[1, 2], [3, 4], [5]], processes=2, report=done.append)
    assert results == [[2, 4], [6, 8], [10]]
    assert done[-1] == 5


SCRIPT_WITHOUT_GUARD = """
import sys
from pathlib import Path
from ops_platform_tests.flows.test_qr_files import _states, _tasks
from ops_platform.flows.vehicles.qr_files import make_qr_files
print("here", flush=True)
print(_states(make_qr_files(_tasks(Path(sys.argv[1]), 130), processes=2)), __file__)
"""


def test_a_users_script_without_a_main_guard_runs_once_and_gets_its_files(tmp_path: Path) -> None:
    script = tmp_path / "daily.py"
    script.write_text(SCRIPT_WITHOUT_GUARD)
    ran = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "qr")],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        timeout=120,
    )
    # Once a process it would create the day's jobs once a process, too.
    assert ran.stdout.splitlines() == ["here", f"{{'made': 130}} {script}"]
    assert ran.stderr == ""
    assert len(_names(tmp_path / "qr")) == 130


# --- verifying


def test_every_kind_of_damage_is_found_with_and_without_records(tmp_path: Path) -> None:
    tasks = _recorded(tasks := _tasks(tmp_path, 7), make_qr_files(tasks))
    tasks[1].path.unlink()
    tasks[2].path.write_bytes(b"")
    tasks[3].path.write_bytes(tasks[3].path.read_bytes()[:-1])
    one, other = tasks[4].path.read_bytes(), tasks[5].path.read_bytes()
    tasks[4].path.write_bytes(other)
    tasks[5].path.write_bytes(one)
    expected = ["ok", "missing", "torn", "torn", "swapped", "swapped", "ok"]
    for these in (tasks, [replace(task, record=None) for task in tasks]):
        checks = verify_qr_files(these)
        assert [check.state for check in checks] == expected
        assert [check.record is not None for check in checks] == [state == "ok" for state in expected]
        assert "0 bytes" in (checks[2].reason or "") and "cut off" in (checks[3].reason or "")
        assert tasks[5].payload in (checks[4].reason or "")


def test_a_file_with_the_url_of_yesterday_is_swapped(tmp_path: Path) -> None:
    tasks = _recorded(tasks := _tasks(tmp_path, 1), make_qr_files(tasks))
    (check,) = verify_qr_files([replace(tasks[0], payload=tasks[0].payload + "&new=1")])
    assert check.state == "swapped"


def test_a_right_code_in_another_drawing_is_ok_and_made_anew_by_the_next_making(tmp_path: Path) -> None:
    tasks = _recorded(tasks := _tasks(tmp_path, 1), make_qr_files(tasks))
    with Image.open(tasks[0].path) as picture:
        picture.convert("L").resize((400, 400)).save(tasks[0].path, "PNG")
    (check,) = verify_qr_files(tasks)
    assert check.state == "ok"
    (result,) = make_qr_files(_recorded(tasks, [check]))
    assert result.state == "made"


# --- kill -9


CHILD = """
import sys
from pathlib import Path
from ops_platform_tests.flows.test_qr_files import _tasks
from ops_platform.flows.vehicles.qr_files import make_qr_files
if __name__ == "__main__":
    tasks = _tasks(Path(sys.argv[1]), int(sys.argv[2]))
    print("ready", flush=True)
    make_qr_files(tasks, processes=int(sys.argv[3]))
"""


def _kill_while_making(script: Path, folder: Path, count: int, processes: int, wait: float, group: bool) -> bool:
    """Start a child that makes `count` files, kill it -9 after `wait` seconds of making; True if it was at work.

    Alternately the child alone is killed (its workers must end by themselves) or all its processes at once.
    """
    child = subprocess.Popen(
        [sys.executable, str(script), str(folder), str(count), str(processes)],
        stdout=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert child.stdout is not None
    assert child.stdout.readline().strip() == b"ready"
    started = time.monotonic()
    before = len(list(folder.glob("*")))
    while processes > 1 and len(list(folder.glob("*"))) == before and time.monotonic() - started < 20:
        time.sleep(0.01)  # the workers take a while to start
    time.sleep(wait)
    family = psutil.Process(child.pid).children(recursive=True) if child.poll() is None else []
    at_work = child.poll() is None
    if group and at_work:
        os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.wait()
    child.stdout.close()
    for task in folder.glob("*.png"):  # at any moment, with or without orphans at work
        assert read_qr_png(task.read_bytes()).payload.endswith(
            f"/{task.stem}/?utm_source=SilverFox&utm_medium=VDP_ShortCut"
        )
    _, alive = psutil.wait_procs(family, timeout=20)
    assert not alive, "workers outlive their killed parent"
    return at_work


@pytest.mark.chaos
@pytest.mark.skipif(sys.platform == "win32", reason="kills a session of POSIX")
@pytest.mark.parametrize("processes", [1, 2])
def test_a_making_killed_at_any_moment_leaves_whole_files_and_the_next_one_completes(
    tmp_path: Path, processes: int
) -> None:
    folder, script, count = tmp_path / "qr", tmp_path / "child.py", 700
    folder.mkdir()
    script.write_text(CHILD)
    seen: Counter[str] = Counter()
    for attempt in attempts(kills(full=25, short=3), seen):
        moment = random.Random(attempt).uniform(0.0, 0.5)
        seen["at work"] += _kill_while_making(script, folder, count, processes, moment, group=attempt % 2 == 1)
        if len(list(folder.glob("*.png"))) > count // 2:
            for path in list(folder.glob("*.png"))[::2]:
                path.unlink()
    assert seen["at work"] > 0, "every child had finished before it was killed; the campaign showed nothing"

    tasks = _tasks(folder, count)
    results = make_qr_files(tasks)
    assert set(_states(results)) <= {"made", "unchanged"}
    assert _states(verify_qr_files([replace(task, record=None) for task in tasks])) == {"ok": count}
    assert _names(folder) == [task.path.name for task in tasks]


def test_a_chunk_keeps_the_order_of_its_tasks(tmp_path: Path) -> None:
    tasks = _tasks(tmp_path, 3)
    tasks[1] = replace(tasks[1], look=QrLook(size_px=30))
    assert [result.state for result in make_chunk(tasks)] == ["made", "failed", "made"]
