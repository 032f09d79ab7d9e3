"""The definitions as a whole: complete, loadable without touching anything, and changed only on purpose."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from ops_platform.adapters.database import Database
from ops_platform.definitions import defs
from ops_platform.defs.restaurant import columns as restaurant_columns
from ops_platform.defs.restaurant import keys as restaurant_keys
from ops_platform.defs.vehicles import columns, keys
from ops_platform.paths import project_root

# Read now: tests run without any OPS_ variable of the machine.
WRITE = os.environ.get("OPS_WRITE_SNAPSHOTS") == "1"
SNAPSHOT = Path(__file__).with_name("asset_specs.json")
SPECS = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def check_specs() -> dict[str, dg.AssetCheckSpec]:
    graph = defs.resolve_asset_graph()
    return {
        f"{key.asset_key.to_user_string()}: {key.name}": graph.get_check_spec(key) for key in graph.asset_check_keys
    }


@pytest.mark.parametrize("name", sorted(SPECS))
def test_every_asset_has_an_owner_a_group_kinds_and_a_description(name: str) -> None:
    spec = SPECS[name]
    assert spec.owners
    assert str(spec.group_name).partition("_")[0] == name.partition("/")[0]  # a business may have several groups
    assert spec.kinds
    assert len(spec.description or "") > 40


@pytest.mark.parametrize("name", sorted(check_specs()))
def test_every_check_has_an_owner_a_group_a_kind_and_says_why_it_matters(name: str) -> None:
    spec = check_specs()[name]
    assert spec.metadata["owner"] in SPECS[spec.asset_key.to_user_string()].owners
    assert spec.metadata["group"] == spec.asset_key.path[0]
    assert spec.metadata["kind"]
    assert len(spec.description or "") > 60


def test_the_asset_specs_are_those_of_the_snapshot() -> None:
    """Another name, dependency, partition or check of an asset is seen in review, not by people's bookmarks."""
    found = {name: described(spec) for name, spec in sorted(SPECS.items())}
    if WRITE:
        SNAPSHOT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    assert found == json.loads(SNAPSHOT.read_text(encoding="utf-8")), (
        "an asset changed. If it was meant to: OPS_WRITE_SNAPSHOTS=1 pytest ops_platform_tests/defs/test_definitions.py"
    )


def described(spec: dg.AssetSpec) -> dict[str, object]:
    return {
        "group": spec.group_name,
        "owners": list(spec.owners),
        "kinds": sorted(spec.kinds),
        "deps": sorted(dep.asset_key.to_user_string() for dep in spec.deps),
        "partitions": partitions_of(spec),
        "checks": sorted(
            check.name + (" (blocking)" if check.blocking else "")
            for check in check_specs().values()
            if check.asset_key == spec.key
        ),
        "columns": "dagster/column_schema" in spec.metadata,
    }


def partitions_of(spec: dg.AssetSpec) -> str | None:
    """The name of named partitions, the kind of others."""
    found = spec.partitions_def
    return None if found is None else getattr(found, "name", None) or type(found).__name__


AUDIT = """
import sys
import dagster  # asks `file` for the word size of the machine; what it does is not ours
touched = []

def hook(event, arguments):
    if event == "open":
        path = str(arguments[0])
        if not path.endswith((".py", ".pyc", ".so", ".pem")) and {root!r} in path and "/.venv/" not in path:
            touched.append(path)
    elif event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
        touched.append(event)
    elif event in ("subprocess.Popen", "os.system"):
        touched.append(event)

sys.addaudithook(hook)
import ops_platform.definitions
ops_platform.definitions.defs.resolve_asset_graph()
heavy = sorted({"pandas", "sqlalchemy", "psycopg", "matplotlib", "PIL", "zxingcpp", "qrcode"} & set(sys.modules))
print(sorted(set(touched)), heavy)
"""


def test_loading_the_definitions_opens_no_file_and_no_connection_and_imports_nothing_heavy(tmp_path: Path) -> None:
    root = str(project_root())
    script = AUDIT.replace("{root!r}", repr(root))
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": root, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[] []"
    assert "Warning" not in done.stderr


@pytest.mark.parametrize(
    ("table", "described"),
    [
        ("vehicles.dealership_configs", columns.CONFIGS),
        ("vehicles.raw_vehicle_data", columns.RAW),
        ("vehicles.normalized_vehicle_data", columns.NORMALIZED),
        ("vehicles.vin_history", columns.HISTORY),
        ("vehicles.export_history", columns.EXPORTS),
        ("vehicles.qr_file_tracking", columns.QR_FILES),
        ("restaurant.menu_items", restaurant_columns.MENU),
        ("restaurant.item_aliases", restaurant_columns.ALIASES),
        ("restaurant.orders", restaurant_columns.ORDERS),
        ("restaurant.order_items", restaurant_columns.ITEMS),
        ("restaurant.order_item_addons", restaurant_columns.ADDONS),
        ("restaurant.match_review_queue", restaurant_columns.QUEUE),
        ("restaurant.unified_sales", restaurant_columns.UNIFIED_SALES),
    ],
)
def test_the_columns_the_catalogue_shows_are_those_of_the_table(
    database_url: str, table: str, described: columns.Columns
) -> None:
    db = Database(database_url)
    found = db.frame(
        "SELECT attname AS name, format_type(atttypid, atttypmod) AS kind FROM pg_attribute "
        "WHERE attrelid = CAST(:t AS regclass) AND attnum > 0 AND NOT attisdropped",
        t=table,
    )
    db.close()
    actual = {row["name"]: short(row["kind"]) for row in found.to_dict("records")}
    assert {name: kind for name, (kind, _) in described.items()} == actual


def short(kind: str) -> str:
    return kind.replace("character varying", "varchar")


def test_the_jobs_are_those_of_the_businesses_and_the_housekeeping() -> None:
    names = {job.name for job in defs.resolve_all_job_defs() if not job.name.startswith("__")}
    businesses = {"vehicles_import", "vehicles_daily", "restaurant_incremental", "restaurant_daily"}
    businesses.add("retail_automations")
    assert names == {*businesses, "operations_daily", "effects_delivery", "text_statuses"}


def test_the_daily_job_holds_every_vehicles_asset_but_the_external_one() -> None:
    job = defs.resolve_job_def("vehicles_daily")
    wanted = {spec.key for spec in SPECS.values() if spec.group_name == keys.GROUP} - {keys.SCRAPE_FILES}
    assert set(job.asset_layer.executable_asset_keys) == wanted


def test_the_restaurants_jobs_hold_all_its_assets_and_those_that_change_with_an_order() -> None:
    daily = defs.resolve_job_def("restaurant_daily").asset_layer.executable_asset_keys
    wanted = {spec.key for spec in SPECS.values() if spec.group_name == restaurant_keys.GROUP}
    assert set(daily) == wanted - {restaurant_keys.PETPOOJA_EVENTS}
    often = defs.resolve_job_def("restaurant_incremental").asset_layer.executable_asset_keys
    assert set(daily) - set(often) == {restaurant_keys.MENU, restaurant_keys.ITEM_ALIASES}


def test_the_columns_of_the_sales_mean_in_the_catalogue_what_their_comments_say(database_url: str) -> None:
    db = Database(database_url)
    found = db.frame(
        "SELECT attname AS name, col_description(attrelid, attnum) AS said FROM pg_attribute "
        "WHERE attrelid = CAST('restaurant.unified_sales' AS regclass) AND attnum > 0"
    )
    db.close()
    said = {row["name"]: row["said"] for row in found.to_dict("records")}
    assert said == {name: text for name, (_, text) in restaurant_columns.UNIFIED_SALES.items()}
