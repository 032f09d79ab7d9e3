"""Running automations through Dagster: what is materialised, what is told, and what happens when one fails."""

from __future__ import annotations

import dagster as dg
import pytest

from ops_platform.definitions import defs
from ops_platform.defs.retail import keys
from ops_platform.defs.retail.checks import of_run
from ops_platform.retail.registry import AUTOMATIONS, UnknownAutomationError
from ops_platform_tests.defs.retail.conftest import TAGS, Shop, plain
from ops_platform_tests.flows.retail.conftest import AS_OF

EVERY = {automation.name for automation in AUTOMATIONS}
GRAPH = defs.resolve_asset_graph()


def test_a_sound_store_is_worked_on_wholly_and_no_check_complains(sound: Shop) -> None:
    result = sound.materialize()
    assert result.success, result
    assert (result.failed_assets, result.failed_checks) == ([], [])
    assert result.warned_checks == ["retail/backups: backups_lie_off_site"]  # this machine has no other disk
    assert result.passed_checks + 1 == len(of_run(keys.BY_KEY))
    assert sound.product(101)["total_sold"] == 10
    assert sound.pos.present("A")["PROF_COD_1"] == "OWN"
    assert b"Plant A" in (sound.published("availability.csv") or b"")


def test_a_second_run_writes_nothing(sound: Shop) -> None:
    sound.materialize()
    before = len(sound.calls())
    assert sound.materialize().success
    assert [call for call in sound.calls()[before:] if not call.startswith("GET")] == []
    assert {sound.told(name)["changes"] for name in EVERY - {"backups"}} == {0}  # copies are made once more


def test_one_automation_can_be_materialised_alone_with_its_own_checks(sound: Shop) -> None:
    result = sound.materialize("brands")
    assert result.success
    assert [row["automation"] for row in sound.rows("SELECT automation FROM retail.automation_runs")] == ["brands"]
    assert sound.calls() == []  # the web shop is not asked for what it does not need
    assert result.figures["retail/brands"]["changes"] == sound.told("brands")["changes"] > 0


def test_a_name_that_is_none_is_refused(sound: Shop) -> None:
    with pytest.raises(UnknownAutomationError):
        sound.materialize("total_solid")


def test_the_run_works_for_the_time_of_its_tick(sound: Shop) -> None:
    sound.materialize("total_sold")
    [row] = sound.rows("SELECT as_of FROM retail.automation_runs")
    assert row["as_of"] == AS_OF


def test_every_change_is_shown_old_and_new_with_its_reason(sound: Shop) -> None:
    sound.materialize("total_sold")
    told = sound.told("total_sold")
    assert told["old and new"][0] | {"reason": ""} == {
        "label": "Plant A",
        "key": "101",
        "field": "total_sold",
        "old": 0,
        "new": 10,
        "reason": "",
        "result": "applied",
    }
    assert told["old and new"][0]["reason"]
    assert (told["status"], told["changes"], told["applied"], told["looked at"]) == ("done", 6, 6, 6)
    assert told["writes to"] == "bigcommerce (sandbox)"
    assert told["api calls"] == len(sound.calls())
    assert told["batch"] == 1


def test_notes_are_counted_by_code_with_what_to_do(sound: Shop) -> None:
    sound.item("N")
    sound.materialize("total_sold")
    [note] = sound.told("total_sold")["notes"]
    assert (note["code"], note["count"], note["which"]) == ("unmatched_item", 1, "N")
    assert "Publish it" in note["meaning"]


def test_one_that_fails_is_named_and_the_others_are_materialised(sound: Shop) -> None:
    sound.sandbox.faults.add("bigcommerce", "status", status=401, times=None)
    result = sound.materialize("total_sold", "stock_buffer", "inventory_upload")
    assert not result.success
    assert result.failed_assets == ["retail/total_sold"]
    assert sound.told("stock_buffer")["applied"] == 6
    assert sound.published("availability.csv")


def test_the_failed_step_says_who_failed_and_why(sound: Shop) -> None:
    sound.sandbox.faults.add("bigcommerce", "status", status=401, times=None)
    job = defs.resolve_job_def("retail_automations")
    done = job.execute_in_process(
        instance=sound.instance,
        tags=TAGS,
        asset_selection=[dg.AssetKey(["retail", name]) for name in ("total_sold", "stock_buffer")],
        raise_on_error=False,
    )
    [failure] = [event for event in done.all_events if event.is_step_failure]
    said = str(failure.step_failure_data.user_failure_data.description)
    assert said.startswith("total_sold: ")
    assert "401" in said or "token" in said
    assert "The others (1) did their work" in said
    asked = {check.check_name for check in done.get_asset_check_evaluations()}
    assert "no_plan_waits" in asked  # also after a failure


def test_outside_systems_show_what_they_got(sound: Shop) -> None:
    sound.materialize("total_sold", "inventory_upload")
    for key, wanted in (
        (keys.of_file("availability.csv"), {"status": "published", "rows": 6}),
        (keys.PRODUCTS, {"automation": "total_sold", "applied": 6}),
    ):
        [record] = sound.instance.fetch_observations(key, limit=1).records
        assert record.asset_observation is not None
        assert plain(record.asset_observation.metadata).items() >= wanted.items()


def test_a_held_plan_is_told_and_changes_nothing(shop: Shop) -> None:
    for number in range(30):
        shop.item(f"{number:02}", available=0)
    result = shop.materialize("inactive_products")
    assert result.warned_checks[0] == "retail/inactive_products: no_plan_waits"
    assert shop.told("inactive_products")["status"] == "held: it waits for a person"
    assert shop.pos.present("00")["STAT"] == "A"


def test_a_live_system_is_only_planned_for_until_the_settings_name_the_automation(sound: Shop) -> None:
    sound.use(
        bigcommerce__mode="live",
        bigcommerce__url=f"{sound.sandbox.url}/bigcommerce",
        bigcommerce__store_hash=sound.web.store,
        bigcommerce__token=sound.web.token,
    )
    sound.materialize("total_sold")
    assert sound.told("total_sold")["status"].startswith("only planned")
    assert sound.told("total_sold")["writes to"] == "bigcommerce (live, not now)"
    assert sound.product(101)["total_sold"] == 0


# -- lineage


def test_every_automation_of_the_registry_is_an_asset_with_a_check_of_its_own() -> None:
    assert {key.path[1] for key in keys.BY_KEY} == EVERY
    assert {key.asset_key.path[1] for key in GRAPH.asset_check_keys if key.name == "no_plan_waits"} == EVERY


def test_the_way_from_the_point_of_sales_stock_to_the_file_is_there() -> None:
    file = dg.AssetKey(["webdav", "availability.csv"])
    steps = [keys.of_snapshot("inventory_upload"), keys.STOCK, keys.of_table("IM_INV")]
    for step in steps:
        assert step in GRAPH.get(file).parent_keys
        file = step


def test_every_file_the_upload_publishes_has_its_asset(sound: Shop) -> None:
    published = {file.name for file in sound.run("inventory_upload")["inventory_upload"].files}
    assert published == set(keys.FILES)


def test_every_need_of_an_automation_is_shown_as_what_it_reads() -> None:
    for automation in AUTOMATIONS:
        needed = automation.needs(keys.ALL_ON, AS_OF)
        shown = {key.path[1] for key in keys.upstream(automation)}
        assert shown >= set(automation.after)
        assert bool(shown) == bool(needed)


def test_plots_show_what_a_person_would_rather_look_at(sound: Shop) -> None:
    sound.materialize("inventory_upload", "stock_buffer", "total_sold", "brands")
    shown = {"inventory_upload": "rows of the lists", "stock_buffer": "kept back", "total_sold": "changes by run"}
    for name, plot in shown.items():
        assert str(sound.told(name)[plot]).startswith(f"![{plot}](data:image/png;base64,")
    assert sound.told("stock_buffer")["keeps 5 back"] == 6
    assert not any("data:image" in str(value) for value in sound.told("brands").values())


def test_a_json_twin_is_told_beside_its_list_and_is_no_asset_of_its_own(sound: Shop) -> None:
    sound.use(inventory_upload__json_twin=True)
    sound.materialize("inventory_upload")
    [record] = sound.instance.fetch_observations(keys.of_file("availability.csv"), limit=1).records
    assert record.asset_observation is not None
    told = plain(record.asset_observation.metadata)
    assert told["rows"] == 6
    assert told["json twin"].startswith("availability.json: published, ")
    assert sound.instance.fetch_observations(keys.of_file("availability.json"), limit=1).records == []
