"""How a review looks: one name with its candidates, the menu searched, sizes to choose from, the form of a new item.

What belongs here: from values to what rich draws. What does not: keys and what they do (restaurant_session.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from rich.box import ROUNDED
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ops_platform.cli.restaurant_desk import MenuView
from ops_platform.cli.restaurant_keys import LineEditor
from ops_platform.restaurant.menu_search import MenuChoice
from ops_platform.restaurant.name_text import words_of
from ops_platform.restaurant.queue import reason_text

NAME_KEYS: Final = (
    *(("a", "accept 1"), ("1-3", "choose"), ("s", "search"), ("n", "new item")),
    *(("x", "no item"), ("k", "skip"), ("u", "undo"), ("q", "quit")),
)
PICK_KEYS: Final = (("up/down", "move"), ("Enter", "take"), ("1-9", "take at once"), ("Esc", "back"))
FORM_KEYS: Final = (("Enter", "next, then save"), ("up/down", "move"), ("Ctrl-U", "empty"), ("Esc", "back"))
_SURE: Final = 85.0
_FAR: Final = 70.0
_WIDEST: Final = 110


@dataclass(frozen=True)
class Standing:
    """How far a session is. Rupees: revenue of the names."""

    who: str
    done: int
    total: int
    rupees_done: Decimal
    rupees_total: Decimal


def rupees(amount: Decimal, *, paise: bool = False) -> str:
    """An amount as people read it."""
    return f"₹{amount:,.2f}" if paise and amount != int(amount) else f"₹{amount:,.0f}"


def page(standing: Standing, message: str | None, *parts: RenderableType, keys: Sequence[tuple[str, str]]) -> Padding:
    """A whole screen: how far it is, what happened last, the parts, and the keys."""
    head = Table.grid(expand=True)
    head.add_column()
    head.add_column(justify="right")
    head.add_row(
        Text.assemble(("Review", "bold"), f" by {standing.who}"),
        f"{standing.done:,} of {standing.total:,} names   "
        f"{rupees(standing.rupees_done)} of {rupees(standing.rupees_total)}",
    )
    whole, done = float(standing.rupees_total or 1), float(standing.rupees_done)
    told = Text(message or "", style="yellow" if (message or "").startswith("!") else "green")
    # A bar alone ends without a line break, and what follows would be drawn over it.
    bar = Padding(ProgressBar(total=whole, completed=done, complete_style="green", finished_style="green"), 0)
    body = Group(head, bar, told, *parts, Text(), _keys(keys))
    return Padding(_Narrow(body), (0, 1))


class _Narrow:
    """Draws something no wider than is good to read."""

    def __init__(self, body: RenderableType) -> None:
        self._body = body

    def __rich_console__(self, console: Any, options: Any) -> Any:
        yield from console.render(self._body, options.update(width=min(options.max_width, _WIDEST)))


def _keys(keys: Sequence[tuple[str, str]]) -> Text:
    text = Text()
    for key, what in keys:
        # No-break spaces: a key and its meaning stay together when the line is broken.
        text.append(f"\u00a0{key}\u00a0", style="reverse")
        text.append(f"\u00a0{what}".replace(" ", "\u00a0"))
        text.append("  ")
    return text


def name_panel(name: Mapping[str, Any], prices: Sequence[Mapping[str, Any]]) -> Panel:
    """The name and everything known about it."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column()
    lines = f"{name['line_count']:,} {'line' if name['line_count'] == 1 else 'lines'}"
    seen = f"{name['first_seen']:%d %b %Y}"
    if name["last_seen"] != name["first_seen"]:
        seen += f" to {name['last_seen']:%d %b %Y}"
    grid.add_row("sold", f"{lines}, {rupees(name['revenue'])}, {seen}")
    if prices:
        shown = [f"{rupees(row['price'], paise=True)} ({row['lines']:,} x)" for row in prices]
        grid.add_row("price", ", ".join(shown))
    read = Text.assemble((name["clean_name"], "bold"), f"   {name['clean_type']}   {name['clean_variant']}")
    grid.add_row("read as", read)
    grid.add_row("why", reason_text(name["reason"]))
    title = Text(name["raw_name"], "bold cyan")
    if name["status"] == "skipped":
        title.append("  (skipped before)", style="dim")
    return Panel(Group(title, Text(), grid), box=ROUNDED, border_style="cyan", padding=(0, 1))


def candidates_table(name: Mapping[str, Any], menu: MenuView) -> RenderableType:
    """The candidates with their price in the size that was read; words that the name does not have stand out."""
    if not name["candidates"]:
        return Text("   Nothing on the menu is near.", style="dim")
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for number, candidate in enumerate(name["candidates"], 1):
        size = menu.size(candidate["menu_item_id"], candidate["variant"])
        price = Text("not in this size", "yellow")
        if size.is_sold:
            price = Text("-" if size.price is None else rupees(size.price, paise=True))
        score = candidate["score"]
        style = "green" if score >= _SURE else "yellow" if score >= _FAR else "red"
        table.add_row(
            Text(str(number), "reverse" if number == 1 else "bold"),
            _differing(candidate["name"], f"{name['clean_name']} {candidate['type']}"),
            candidate["type"],
            price,
            Text(f"{score:.0f} %", style),
        )
    return Padding(table, (1, 0, 0, 2))


def _differing(text: str, other: str) -> Text:
    """`text` with the words that `other` lacks marked: what an eye overlooks, as Eggless."""
    known = set(words_of(other))
    shown = Text()
    for word in text.split():
        strange = any(part not in known for part in words_of(word)) and any(char.isalnum() for char in word)
        shown.append(f"{word} ", style="bold yellow" if strange else "")
    return shown


def search_box(
    editor: LineEditor, found: Sequence[MenuChoice], place: int, variant: str, menu: MenuView
) -> RenderableType:
    """What is typed, and the items that suit it, with their price in the size that was read from the name."""
    rows = [(_item_name(choice), choice.type, _price(choice, variant, menu)) for choice in found]
    empty = "Nothing on the menu suits that; Esc, then n for a new item."
    return Group(Text(), _line("Search the menu", editor), Text(), _pick_list(rows, place, empty))


def _price(choice: MenuChoice, variant: str, menu: MenuView) -> str:
    size = menu.size(choice.menu_item_id, variant)
    if not size.is_sold:
        return f"not as {variant}"
    return variant if size.price is None else f"{variant} {rupees(size.price, paise=True)}"


def _item_name(choice: MenuChoice) -> str:
    return choice.name if choice.is_active else f"{choice.name} (sold no more)"


def size_list(item: MenuChoice, sizes: Sequence[str], place: int, menu: MenuView) -> RenderableType:
    """The sizes of an item to choose from, with their prices."""
    rows = []
    for variant in sizes:
        size = menu.size(item.menu_item_id, variant)
        price = "" if size.price is None else rupees(size.price, paise=True)
        rows.append((variant, price if size.is_sold else "new: it is not sold in this size so far", ""))
    head = Text.assemble("In which size is it ", (item.name, "bold"), "?")
    return Group(Text(), head, Text(), _pick_list(rows, place, ""))


def _pick_list(rows: Sequence[tuple[str, str, str]], place: int, empty: str) -> RenderableType:
    if not rows:
        return Text(f"   {empty}", style="dim")
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_column(no_wrap=True)
    table.add_column(style="dim", no_wrap=True)
    for number, row in enumerate(rows):
        here = number == place
        mark = Text(f"{'>' if here else ' '} {number + 1 if number < 9 else ' '}", "bold cyan" if here else "bold")
        table.add_row(mark, Text(row[0], "bold cyan" if here else ""), row[1], row[2])
    return Padding(table, (0, 0, 0, 2))


def new_item_form(fields: Mapping[str, LineEditor], active: str, problem: str | None, types: str) -> RenderableType:
    """The form of a new item."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    for name, editor in fields.items():
        grid.add_row(f"{'>' if name == active else ' '} {name}", _line("", editor, focused=name == active))
    told = Text(f"! {problem}" if problem else "", style="yellow")
    known = Text(f"Types: {types}", style="dim")
    return Group(Text(), Text("A new item of the menu", "bold"), Text(), grid, Text(), known, told)


def _line(label: str, editor: LineEditor, *, focused: bool = True) -> Text:
    before, behind = editor.parts
    text = Text.assemble((f"{label}  " if label else "", "bold"), before)
    if focused:
        text.append(behind[:1] or " ", style="reverse")
        behind = behind[1:]
    return text.append(behind)
