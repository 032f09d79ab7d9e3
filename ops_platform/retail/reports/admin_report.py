"""The administrative report (item 15): what it asks for, its sections, its files. Every section stands alone.

What belongs here: the order of things. What does not: a section (sections/), who gets the report (the automation).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import Final

from ops_platform.core.wording import dollars
from ops_platform.retail.automation import Items, Need, PhotoFolder, Sales, Stock, WebDescriptions
from ops_platform.retail.reports import periods
from ops_platform.retail.reports.about import About, Part, sections
from ops_platform.retail.reports.document import Report, Section, Tiles
from ops_platform.retail.reports.files import ReportFile, figures_file, report_file
from ops_platform.retail.reports.needs import (
    CategorySales,
    CustomerSales,
    DailySales,
    HistoryStart,
    MayFail,
    RepSales,
    WebCategories,
)
from ops_platform.retail.reports.sections import categories, costs, items, low_stock, people, quality, revenue
from ops_platform.settings_retail import RetailSettings

NAME: Final = "admin_report"


def needs(settings: RetailSettings, today: date) -> Mapping[str, Need]:
    """Daily sums once for all periods, and sales by item of each period that needs them.

    Without daily sums there is no report; whatever else cannot be read is missed by its sections only.
    """
    week = periods.last_week(today)
    others: dict[str, Need] = {
        "items": Items(),
        "stock": Stock(),
        "rep_sales": RepSales(*week),
        "wholesale_sales": CustomerSales(*week, settings.reports.wholesale_categories),
        "category_sales": CategorySales(*week),
        "season_items": Sales(*low_stock.low_stock_window(today, settings)),
        "photo_folder": PhotoFolder(),
        "web_categories": WebCategories(),
        "web_descriptions": WebDescriptions(),
    }
    others |= {name: Sales(*found.window) for name, found in items.item_windows(today, settings).items()}
    return {
        "daily_sales": DailySales(*revenue.span_of(revenue.revenue_lines(today, settings))),
        "history_start": HistoryStart(),
        **{name: MayFail(need) for name, need in others.items()},
    }


def admin_report(about: About) -> Report:
    """The report of a day, with all its rows."""
    day = periods.last_open_day(about.today, about.settings.reports.closed_weekdays)
    made = sections(_parts(about), about)
    return Report(
        name=NAME,
        template=NAME,
        title=f"Administrative report: {periods.day_name(day)}",
        lead=f"Written on {periods.day_name(about.today)}, before opening. Revenue is net of returns and before tax.",
        preheader=_preheader(made),
        why="You get this because your address stands in retail.admin_report.recipients.",
        end=end_of(about.today),
        sections=made,
    )


def end_of(today: date) -> date:
    """The last day the report speaks about, by which it is known: one report a day, on days after closed ones, too."""
    return periods.month_to_date(today).end


def files(about: About, report: Report) -> Iterator[ReportFile]:
    """Every figure, and the whole list of low stock, which comes with the mail."""
    yield figures_file("figures.csv", report)
    if not any(section.name == "low_stock" for section in report.failed):
        yield report_file(low_stock_file(about), low_stock.COLUMNS, low_stock.low_stock(about), attached=True)


def low_stock_file(about: About) -> str:
    """The file's name, with the day: several of them may lie in one folder of downloads."""
    return f"low_stock_{about.today.isoformat()}.csv"


def _parts(about: About) -> tuple[Part, ...]:
    rules = about.settings.admin_report
    return (
        Part("revenue", "Revenue", revenue.blocks, "Change: on the same days a year before."),
        Part("costs", "Cost of goods sold", costs.blocks),
        Part("reps", "Sales reps", people.reps),
        Part("wholesale", "Wholesale", people.wholesale),
        Part("items", "Best sellers", items.blocks, items.remark(about)),
        Part("categories", "Categories", categories.blocks),
        Part(
            "low_stock", "Low stock", partial(low_stock.blocks, file_name=low_stock_file(about)),
            f"At most {rules.low_stock_at} available, of the {rules.low_stock_among} that sold best in the "
            f"{rules.low_stock_days} days from today last year; the best seller first.",
        ),
        Part("quality", "Items to look at", quality.blocks, "The lists themselves are in the item report."),
    )  # fmt: skip


def _preheader(made: list[Section]) -> str:
    """The figures an inbox shows beside the subject."""
    tiles = [tile for section in made for block in section.blocks if isinstance(block, Tiles) for tile in block.tiles]
    return ", ".join(f"{tile.label}: {dollars(tile.value)}" for tile in tiles[:2]) or "Revenue could not be computed."
