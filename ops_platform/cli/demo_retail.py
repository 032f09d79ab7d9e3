"""The retail part of `ops demo`: the invented garden centre, its web shop behind the sandbox, its run in figures."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from ops_platform.adapters.files import write_if_changed
from ops_platform.cli.demo_run import Ran
from ops_platform.cli.demo_steps import Part, Step, checks_step, dagster_step
from ops_platform.cli.session import Platform
from ops_platform.defs.metadata import figure_name
from ops_platform.defs.run import DailyResult
from ops_platform.flows.retail.demo_lists import remember_list
from ops_platform.flows.retail.demo_requests import write_demo_requests
from ops_platform.flows.retail.demo_store import StoreArgs, load_demo_store
from ops_platform.retail.campaigns.audience import REASONS
from ops_platform.retail.campaigns.automations import PREFIX
from ops_platform.retail.demo_leads import demo_coupons
from ops_platform.retail.demo_photos import demo_photos
from ops_platform.retail.demo_store import NAME, WEBSITE, demo_settings, demo_store
from ops_platform.sandbox.bigcommerce import BigcommerceSandbox
from ops_platform.settings import Settings
from ops_platform.settings_retail_outside import BackupsSettings

SMALL_BELOW: Final = 2_000
SMALL_STORE: Final = StoreArgs(items=200, customers=500, years=2, scale=0.2)
_PICTURED: Final = 2
_FLAWS = "The store has the flaws of a real one: items without a price, a description or a photo, negative stock."
EXPECTED: Final[dict[str, str]] = {
    "stock_is_not_negative": _FLAWS,
    "web_items_have_a_price": _FLAWS,
    "web_items_have_a_description": _FLAWS,
    "web_items_have_a_photo": _FLAWS,
    "photos_are_small": "Two of the photos cannot be read; `ops retail plan photos` names them.",
    "backups_lie_off_site": "The demo has no other disk to copy to.",
    "web_items_are_products": "Some items were never published in the web shop, and some products were deleted there.",
    "every_change_was_made": "Two of the photos cannot be read; the other changes were made.",
    "items_have_a_brand": "Some items have no brand.",
    "items_have_a_buffer": _FLAWS,
    "leads_are_read": "A line of the web form has no date; `ops retail plan lead_followup` says which.",
    "loyalty_balances_add_up": "Some customers' balances were set by hand, without their totals.",
    "pay_codes_are_known": "The tills use a pay code that revenue_report.pay_codes does not name.",
    "stock_is_on_the_web": _FLAWS,
    "inactive_items_are_not_in_stock": _FLAWS,
    "web_products_have_a_description": _FLAWS,
}


def demo_environment() -> dict[str, str]:
    """The store's own settings (its brands and buffers) as variables of the environment."""
    found: dict[str, str] = {}
    for section, keys in demo_settings().items():
        for key, value in keys.items():
            text = value if isinstance(value, str) else json.dumps(value)
            found[f"OPS_RETAIL__{section}__{key}".upper()] = text
    return found | {"OPS_MAIL__STORE": NAME, "OPS_MAIL__WEBSITE": WEBSITE}


def demo_targets(home: Path) -> dict[str, Any]:
    """What the demo backs up: its own files and nobody else's, whatever the settings name."""
    return {
        name: target.model_dump(mode="json") for name, target in BackupsSettings().inside(home, _under).targets.items()
    }


def _under(path: Path, home: Path) -> Path:
    return (home / path).resolve()


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
    now = datetime.now(ZoneInfo(settings.retail.timezone))
    written = write_demo_requests(platform.session.urls.counterpoint, settings, now)
    _put_photos(settings, written.back[:_PICTURED])
    remember_list(platform.db, today - timedelta(days=1), ZoneInfo(settings.retail.timezone))
    rows = sum(loaded.added.values())
    said = f"{rows:,} rows added to the point of sale" if rows else "nothing to add"
    web_shop = BigcommerceSandbox(products or (), coupons=demo_coupons(now), folder=folder)
    return web_shop, Step("invented store", said, time.perf_counter() - began)


def told(platform: Platform, daily: DailyResult, ran: Ran, store: Step) -> Part:
    """What the run did."""
    rows = platform.rows("retail/demo_runs", run_id=daily.run_id)
    steps = [step_of(row, daily.figures.get(f"retail/{row['automation']}", {})) for row in rows]
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


def step_of(row: Mapping[str, Any], figures: Mapping[str, int]) -> Step:
    """The row of one automation. row: of sql/retail/demo_runs; figures: of its page."""
    if row["error"]:
        said = f"failed: {row['error']}"
    else:
        said = "; ".join(text for text in (row["files"], row["effects"]) if text)
    if not said and row["automation"].startswith(PREFIX):
        said = _no_text(row, figures)
    if not said:
        said = f"{row['changes']:,} changes wanted, {row['applied']:,} made of {row['considered']:,} looked at"
    return Step(row["automation"], said if row["status"] != "held" else f"{said}; held", float(row["seconds"]))


def _no_text(row: Mapping[str, Any], figures: Mapping[str, int]) -> str:
    """Why this run planned none of a campaign's texts: in the evening, for one, all of them are too late."""
    counts = {"planned before": figures.get("eligible", 0)}
    counts |= {name: figures.get(name, 0) for name in map(figure_name, REASONS)}
    why = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    return f"no new text for {row['considered']:,} looked at{f': {why}' if why else ''}"


def _put_photos(settings: Settings, back: Sequence[str]) -> None:
    """Pictures as people copy them in; only once, because the automation makes others of them.

    back: items that people are told of; each has a picture for its mail.
    """
    folder = settings.retail.photos.folder
    if folder.exists():
        return
    an_hour_ago = time.time() - 3600  # a file of this minute may still be copied in, and would be left for later
    made = demo_photos()
    small = dict(made)["WM104.jpg"]
    for name, content in [*made, *((f"{item}.jpg", small) for item in back)]:
        write_if_changed(folder / name, content)
        os.utime(folder / name, (an_hour_ago, an_hour_ago))
