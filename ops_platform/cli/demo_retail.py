"""The retail part of `ops demo`: the invented garden centre, its web shop behind the sandbox, its run in figures."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from ops_platform.adapters.files import write_if_changed
from ops_platform.cli.demo_run import Ran
from ops_platform.cli.demo_steps import Part, Step, checks_step, dagster_step
from ops_platform.cli.session import Platform
from ops_platform.defs.run import DailyResult
from ops_platform.flows.retail.demo_store import StoreArgs, load_demo_store
from ops_platform.retail.demo_photos import demo_photos
from ops_platform.retail.demo_store import demo_settings, demo_store
from ops_platform.sandbox.bigcommerce import BigcommerceSandbox
from ops_platform.settings import Settings

SMALL_BELOW: Final = 2_000
SMALL_STORE: Final = StoreArgs(items=200, customers=500, years=2, scale=0.2)
_COUNTED: Final = ("status", "changes", "applied", "api_calls")
_FLAWS = "The store has the flaws of a real one: items without a price, a description or a photo, negative stock."
EXPECTED: Final[dict[str, str]] = {
    "stock_is_not_negative": _FLAWS,
    "web_items_have_a_price": _FLAWS,
    "web_items_have_a_description": _FLAWS,
    "web_items_have_a_photo": _FLAWS,
    "photos_are_small": "Two of the photos cannot be read; `ops retail plan photos` names them.",
    "web_items_are_products": "Some items were never published in the web shop, and some products were deleted there.",
    "every_change_was_made": "Two of the photos cannot be read; the other changes were made.",
    "items_have_a_brand": "Some items have no brand.",
    "items_have_a_buffer": _FLAWS,
}


def demo_environment() -> dict[str, str]:
    """The store's own settings (its brands and buffers) as variables of the environment."""
    found: dict[str, str] = {}
    for section, keys in demo_settings().items():
        for key, value in keys.items():
            text = value if isinstance(value, str) else json.dumps(value)
            found[f"OPS_RETAIL__{section}__{key}".upper()] = text
    return found


def prepare(platform: Platform, cars: int) -> tuple[BigcommerceSandbox, Step]:
    """Load the store, or the days it lacks; return its web shop for the sandbox and the row about it.

    cars: of the demo's scrapes; a small demo has a small store.
    """
    began = time.perf_counter()
    settings = platform.settings
    assert platform.session.urls is not None  # open_session always knows them
    today = datetime.now(ZoneInfo(settings.retail.timezone)).date()
    args = StoreArgs() if cars >= SMALL_BELOW else SMALL_STORE
    loaded = load_demo_store(platform.session.urls.counterpoint, as_of=today, args=args)
    folder = settings.home / "sandbox" / "bigcommerce"
    products = loaded.products
    if products is None and not any(folder.glob("*.json")):
        products = demo_store(
            as_of=today, **asdict(args)
        ).products  # somebody deleted the web shop of a store that is still there
    _put_photos(settings)
    rows = sum(loaded.added.values())
    said = f"{rows:,} rows added to the point of sale" if rows else "nothing to add"
    return BigcommerceSandbox(products or (), folder=folder), Step("invented store", said, time.perf_counter() - began)


def told(platform: Platform, daily: DailyResult, ran: Ran, store: Step) -> Part:
    """What the run did."""
    rows = platform.rows("retail/demo_runs", run_id=daily.run_id)
    steps = [_step(row) for row in rows]
    named = {step for step in daily.seconds if "check" not in step}
    return Part(
        "retail",
        daily,
        {
            row["automation"]: {name: row[name] for name in ("status", "changes", "applied", "api_calls")}
            for row in rows
        },
        [store, *steps, checks_step(daily, named), dagster_step(daily, ran)],
        EXPECTED,
        {"lists": settings_folder(platform.settings)},
    )


def settings_folder(settings: Settings) -> Path:
    """Where the sandbox's file server keeps what was published."""
    return settings.home / "sandbox" / "webdav" / "content"


def _step(row: Mapping[str, Any]) -> Step:
    if row["error"]:
        said = f"failed: {row['error']}"
    elif row["files"]:
        said = row["files"]
    else:
        said = f"{row['changes']:,} changes wanted, {row['applied']:,} made of {row['considered']:,} looked at"
    return Step(row["automation"], said if row["status"] != "held" else f"{said}; held", float(row["seconds"]))


def _put_photos(settings: Settings) -> None:
    """Pictures as people copy them in; only once, because the automation makes others of them."""
    folder = settings.retail.photos.folder
    if folder.exists():
        return
    an_hour_ago = time.time() - 3600  # a file of this minute may still be copied in, and would be left for later
    for name, content in demo_photos():
        write_if_changed(folder / name, content)
        os.utime(folder / name, (an_hour_ago, an_hour_ago))
