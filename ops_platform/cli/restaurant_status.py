"""`ops restaurant status` and `rejects`: where the orders stand, and what of them was refused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ops_platform.adapters.files import write_whole
from ops_platform.cli.output import heading, indented, line, print_json, print_table, shown, use_zone, warn
from ops_platform.cli.session import Platform, open_session
from ops_platform.core.csvtext import csv_text
from ops_platform.flows.restaurant.fetching import Gap, missing_stream_ids

_SHOWN_REASONS = 20
_SHOWN_GAPS = 5


@contextmanager
def open_shop() -> Iterator[tuple[Platform, datetime]]:
    """The open platform and this moment, both in the shop's zone."""
    with open_session() as platform:
        zone = ZoneInfo(platform.settings.restaurant.timezone)
        use_zone(zone)
        yield platform, datetime.now(zone)


def status(*, as_json: bool) -> None:
    """Show where the restaurant's data stand."""
    with open_shop() as (platform, now):
        [found] = platform.rows("restaurant/status")
        sources = platform.rows("restaurant/sources")
        loads = platform.rows("restaurant/order_loads", limit=8)
        flags = platform.rows("restaurant/flag_counts")
        gaps = {row["source"]: missing_stream_ids(platform.db, row["source"]) for row in sources}
    if as_json:
        told = {name: [gap._asdict() for gap in found_gaps] for name, found_gaps in gaps.items()}
        print_json({**found, "now": now, "sources": sources, "gaps": told, "loads": loads, "flags": flags})
        return
    _show_status(found, sources, gaps)
    _show_newest(loads)
    if flags:
        print_table(
            "What looks odd in orders that are loaded",
            ["code", "flags", "orders"],
            [[row["code"], row["flags"], row["orders"]] for row in flags],
            right=["flags", "orders"],
        )


def _show_status(found: dict[str, Any], sources: list[dict[str, Any]], gaps: dict[str, list[Gap]]) -> None:
    if not found["orders"]:
        line("There is no order yet. `ops restaurant load FILE` loads a file, `ops restaurant fetch` asks the source.")
    else:
        line(
            f"{found['orders']:,} orders of {found['first_day']} to {found['last_day']}, the newest written "
            f"{shown(found['newest_order'])}"
        )
        lines = found["lines"]
        linked = lines - found["lines_unmatched"]
        line(
            f"  {lines:,} lines, {linked / lines:.1%} matched: {found['lines_exact']:,} exact, "
            f"{found['lines_fuzzy']:,} fuzzy, {found['lines_manual']:,} by a person; {found['addons']:,} add-ons, "
            f"{found['addons_linked']:,} matched"
            if lines
            else "  without a line"
        )
    if not found["menu_items"]:
        line("  There is no menu yet, so nothing can be matched: ops restaurant menu import FILE")
    if found["names_to_review"]:
        line(f"  {found['names_to_review']:,} names wait for a person: ops restaurant review")
    if found["open_rejects"]:
        line(f"  {found['open_rejects']:,} orders or lines are refused: ops restaurant rejects")
    for source in sources:
        at = "" if source["last_stream_id"] is None else f" up to position {source['last_stream_id']:,}"
        line(f"  {source['source']} is read{at}; last asked {shown(source['last_polled_at'])}")
        show_gaps(gaps[source["source"]])


def _show_newest(loads: list[dict[str, Any]]) -> None:
    if not loads:
        return
    counted = ["read", "new", "updated", "duplicate", "rejected"]
    print_table(
        "The newest loads",
        ["load", "when", "from", "file or page", *counted, ""],
        [
            [
                *(row["load_id"], row["started_at"], row["source"], row["name"]),
                *(row[f"orders_{name}"] for name in counted),
                "failed" if row["status"] == "failed" else "",
            ]
            for row in loads
        ],
        right=["load", *counted],
        whole=["when"],
    )


def show_gaps(gaps: Sequence[Gap]) -> None:
    if not gaps:
        return
    ranges = [f"{gap.first:,}" if gap.missing == 1 else f"{gap.first:,} to {gap.last:,}" for gap in gaps]
    more = "" if len(gaps) <= _SHOWN_GAPS else f" and {len(gaps) - _SHOWN_GAPS:,} more holes"
    warn(
        f"{sum(gap.missing for gap in gaps):,} events of the stream never came: "
        f"{', '.join(ranges[-_SHOWN_GAPS:])}{more}. "
        "The youngest are asked for at every fetch. If they stay away, ask the people who run the feed what they were."
    )


def rejects(*, load_id: int | None, code: str | None, with_past: bool, csv_file: Path | None, as_json: bool) -> None:
    """Show or write what was refused."""
    with open_shop() as (platform, _):
        rows = platform.rows("restaurant/rejects", load_id=load_id, code=code, with_past=with_past)
    if csv_file is not None:
        write_whole(csv_file, _rejects_csv(rows).encode("utf-8-sig"))
    if as_json:
        print_json({"rejects": rows})
        return
    title = f"{len(rows):,} {'rejects' if with_past else 'open rejects'}"
    if csv_file is not None:
        line(f"{title}, written to {csv_file}")
        return
    heading(title)
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["code"], row["entity"], row["detail"]), []).append(row)
    for (kind, entity, detail), same in list(groups.items())[:_SHOWN_REASONS]:
        line(f"{kind} ({entity}), {_whose(same)}")
        indented(detail)
    if len(groups) > _SHOWN_REASONS:
        line(f"{len(groups) - _SHOWN_REASONS:,} more reasons; --csv FILE writes all, --code CODE shows one kind.")


def _whose(rows: Sequence[dict[str, Any]]) -> str:
    places = [f"{row['name']}, no. {row['line_no']:,}{_number(row)}" for row in rows[:3]]
    return f"{'; '.join(places)}{f'; and {len(rows) - 3:,} more' if len(rows) > 3 else ''}"


def _number(row: dict[str, Any]) -> str:
    return f", order {row['petpooja_order_id']}" if row["petpooja_order_id"] is not None else ""


def _rejects_csv(rows: Sequence[dict[str, Any]]) -> str:
    """For a spreadsheet: the reason first, then the thing itself as JSON."""
    header = [
        "source",
        "file or page",
        "line or number",
        "order",
        "stream_id",
        "what",
        "code",
        "field",
        "what is wrong",
    ]
    cells = [
        [
            *(
                row["source"],
                row["name"],
                str(row["line_no"]),
                as_text(row["petpooja_order_id"]),
                as_text(row["stream_id"]),
            ),
            *(row["entity"], row["code"], row["column_name"] or "", row["detail"]),
            *(as_text(row["resolved_at"]), json.dumps(row["raw"], ensure_ascii=False)),
        ]
        for row in rows
    ]
    return csv_text([*header, "good since", "as it came"], cells, for_people=True)


def as_text(value: Any) -> str:
    return "" if value is None else str(value)
