"""`ops retail scrapes` and `accept-scrape`: competitors' lists as they were read last, and letting one count."""

from __future__ import annotations

from ops_platform.cli.output import line, print_json, print_table
from ops_platform.cli.retail_session import open_store, user
from ops_platform.flows.retail.accepted_lists import accept_list
from ops_platform.flows.retail.competitors import is_sandbox
from ops_platform.flows.retail.runner import Run


def scrapes(*, as_json: bool) -> None:
    """The newest visit of each competitor."""
    with open_store() as (platform, systems, _):
        rows = platform.rows("retail/newest_scrapes", is_sandbox=is_sandbox(systems))
    if as_json:
        print_json(rows)
        return
    if not rows:
        line("No site was read yet: ops retail apply competitor_prices")
        return
    print_table(
        "",
        ["site", "read", "status", "rows", "latest list", "why"],
        [
            [
                row["site"],
                row["scraped_at"],
                row["status"],
                row["rows"],
                None if row["in_force_of"] is None else f"{row['in_force_of']}, {row['rows_in_force']:,} rows",
                row["detail"],
            ]
            for row in rows
        ],
        right=["rows"],
        whole=["site", "read", "latest list"],
    )


def accept(site: str, *, who: str | None, as_json: bool) -> None:
    """Let a list that is held be the latest."""
    with open_store() as (platform, systems, now):
        files = accept_list(platform.db, systems, site, who=user(who), run=Run(now))
    if as_json:
        print_json({"ok": True, "site": site, "files": [file.__dict__ for file in files]})
        return
    for file in files:
        line(f"{file.name}: {file.status}, {file.rows:,} rows")
