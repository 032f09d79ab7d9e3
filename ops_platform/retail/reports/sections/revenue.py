"""Revenue of the last open day, weeks, months and the year, against earlier years, and who it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ops_platform.retail.reports import charts, periods
from ops_platform.retail.reports.about import About
from ops_platform.retail.reports.document import Block, Cell, Column, Picture, Remark, Table, Tile, Tiles, Value
from ops_platform.retail.reports.figures import Totals, change
from ops_platform.retail.windows import Window
from ops_platform.settings_retail import RetailSettings

YEARS = 3
_YEAR_OF_WEEKS = 52


class Line(NamedTuple):
    """A period that is reported. before: the one a year earlier. leads: it begins a group of lines."""

    label: str
    window: Window
    before: Window
    leads: bool = True


def blocks(about: About) -> Sequence[Block]:
    """Tiles, the weeks as a chart, and the tables."""
    lines = revenue_lines(about.today, about.settings)
    tiles = [*(_tile(about, *headline) for headline in _headlines(about)), *_ticket_tiles(about, lines[0])]
    return [Tiles(tiles), _weeks(about), *tables(about), *_history(about, lines)]


def tables(about: About) -> list[Table]:
    """Three tables of the same periods: revenue and tickets, by store, by customers."""
    lines = revenue_lines(about.today, about.settings)
    return [
        _table(about, lines, "Revenue and tickets", _REVENUE, _revenue),
        _table(about, lines, "In store and web", _STORES, _by_store),
        _table(
            about, lines, "Retail and wholesale", [Column("Retail", "money"), Column("Wholesale", "money")], _by_kind
        ),
    ]


def revenue_lines(today: date, settings: RetailSettings) -> list[Line]:
    """The periods of the report, in its order."""
    return [*_days_and_weeks(today, settings), *_months(today), *_to_date(today, settings)]


def span_of(lines: Sequence[Line]) -> Window:
    """The days all the lines, and those they are compared with, lie in."""
    windows = [window for line in lines for window in (line.window, line.before)]
    return Window(min(window.start for window in windows), max(window.end for window in windows))


def _days_and_weeks(today: date, settings: RetailSettings) -> Iterator[Line]:
    day = periods.last_open_day(today, settings.reports.closed_weekdays)
    yield _line(periods.short_day(day), Window(day, day), settings)
    for number, week in enumerate(periods.last_weeks(today, settings.admin_report.weeks)):
        label = f"{'Last week, ' if number == 0 else ''}{periods.span(week)}"
        yield Line(label, week, periods.weeks_earlier(week, _YEAR_OF_WEEKS), number == 0)


def _months(today: date) -> Iterator[Line]:
    for years in range(YEARS if periods.month_is_news(today) else 1):
        month = periods.last_month(today, years_ago=years)
        yield Line(
            periods.month_name(month.end), month, periods.last_month(today, years_ago=years + 1), leads=years == 0
        )


def _to_date(today: date, settings: RetailSettings) -> Iterator[Line]:
    for name, window in (("Month", periods.month_to_date(today)), ("Year", periods.year_to_date(today))):
        for years in range(YEARS):
            then = periods.earlier(window, years, settings.reports.same_period) if years else window
            label = f"{name} to date, {periods.span(then)}" if not years else str(then.end.year)
            yield Line(label, then, periods.earlier(window, years + 1, settings.reports.same_period), leads=not years)


def _line(label: str, window: Window, settings: RetailSettings) -> Line:
    return Line(label, window, periods.earlier(window, 1, settings.reports.same_period))


def _headlines(about: About) -> Iterator[tuple[str, Window, Window]]:
    lines = revenue_lines(about.today, about.settings)
    day, week = lines[0], lines[1]
    yield day.label, day.window, day.before
    yield f"Week {periods.span(week.window)}", week.window, week.before
    for name, window in (
        ("Month to date", periods.month_to_date(about.today)),
        ("Year to date", periods.year_to_date(about.today)),
    ):
        yield name, window, periods.earlier(window, 1, about.settings.reports.same_period)


def _tile(about: About, label: str, window: Window, before: Window) -> Tile:
    now, then = about.figures.total(window), about.figures.total(before)
    return Tile(label, _revenue_of(now), "dollars", change(_revenue_of(now), _revenue_of(then)), "on last year")


def _ticket_tiles(about: About, day: Line) -> Iterator[Tile]:
    """How many bought on the last open day, and for how much each."""
    now, before = about.figures.total(day.window), about.figures.total(day.before)
    counts = [None if totals is None else Decimal(totals.tickets) for totals in (now, before)]
    yield Tile(f"Tickets, {day.label}", counts[0], "number", change(*counts), "on last year")
    means = [_mean(now), _mean(before)]
    yield Tile("A ticket on average", means[0], "money", change(*means), "on last year")


def _mean(totals: Totals | None) -> Decimal | None:
    if totals is None or not totals.tickets:
        return None
    return (totals.revenue / totals.tickets).quantize(Decimal("0.01"))


def _weeks(about: About) -> Picture:
    """The weeks, the oldest first, beside those of last year."""
    weeks = list(reversed(periods.last_weeks(about.today, about.settings.admin_report.weeks)))
    now = [_revenue_of(about.figures.total(week)) for week in weeks]
    before = [_revenue_of(about.figures.total(periods.weeks_earlier(week, _YEAR_OF_WEEKS))) for week in weeks]
    labels = [periods.span(week) for week in weeks]
    pairs = "; ".join(
        f"{label}: {charts.dollars(this)}, last year {charts.dollars(last)}"
        for label, this, last in zip(labels, now, before, strict=True)
    )
    return Picture("weeks", f"Revenue by week. {pairs}.", charts.weeks_chart(labels, now, before))


_STORES = [Column("In store", "money"), Column("Web", "money")]
_KINDS = [Column("Retail", "money"), Column("Wholesale", "money")]
_REVENUE = [Column("Revenue", "money"), Column("Change", "change"), Column("Tickets", "number")]


def _table(
    about: About,
    lines: Sequence[Line],
    title: str,
    columns: Sequence[Column],
    cells: Callable[[About, Line], Sequence[Value]],
) -> Table:
    rows = [[Cell(line.label, "" if line.leads else "muted", line.leads), *cells(about, line)] for line in lines]
    return Table([Column("Period"), *columns], rows, title, whole=True)


def _revenue(about: About, line: Line) -> Sequence[Value]:
    now, before = about.figures.total(line.window), about.figures.total(line.before)
    changed = change(_revenue_of(now), _revenue_of(before))
    return [_revenue_of(now), changed, None if now is None else now.tickets]


def _by_store(about: About, line: Line) -> Sequence[Value]:
    return _split(about.figures.total(line.window), about.figures.of_stores(line.window, about.web_stores))


def _by_kind(about: About, line: Line) -> Sequence[Value]:
    return _split(about.figures.total(line.window), about.figures.of_segments(line.window, about.wholesale))


def _split(whole: Totals | None, part: Totals | None) -> Sequence[Value]:
    """The rest, and the part: what is not the web shop's is in-store, who is not wholesale is retail."""
    if whole is None or part is None:
        return [None, None]
    return [whole.revenue - part.revenue, part.revenue]


def _history(about: About, lines: Sequence[Line]) -> Iterator[Block]:
    first = about.figures.first
    if first is None:
        yield Remark("There is no ticket in the point of sale's history.", "warn")
    elif any(about.figures.is_partly_known(window) for line in lines for window in (line.window, line.before)):
        yield Remark(
            f"The history begins on {periods.day_name(first)}. A period that began before is counted from then; n/a "
            "stands where there is nothing to compare with."
        )


def _revenue_of(totals: Totals | None) -> Decimal | None:
    return None if totals is None else totals.revenue
