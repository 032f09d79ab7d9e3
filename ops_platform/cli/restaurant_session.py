"""A review at the keyboard: which key does what, name after name.

What belongs here: the flow of a session. What does not: how it looks (restaurant_screen.py), where keys come from
(restaurant_keys.py), and what a decision does (flows). Keys and the screen are handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from rich.console import RenderableType

from ops_platform.cli import restaurant_screen as screen
from ops_platform.cli.restaurant_desk import Desk, MenuView
from ops_platform.cli.restaurant_keys import END, Keys, LineEditor
from ops_platform.flows.restaurant.decisions import AlreadyDecidedError, ChangedMeanwhileError, Decided
from ops_platform.flows.restaurant.meanings import ReviewError
from ops_platform.restaurant.menu_file import EntryError, item_name, item_type, item_variant
from ops_platform.restaurant.menu_search import MenuChoice, search_menu
from ops_platform.restaurant.queue import Accept, Choose, Decision, NewItem, NoItem, Skip

Show = Callable[[RenderableType], None]
_FAR: Final = 70.0
_LISTED: Final = 9
_FIELDS: Final = {"name": item_name, "type": item_type, "variant": item_variant}


@dataclass
class Summary:
    """What a session did. left: names that still wait, and what they are worth."""

    decided: list[Decided] = field(default_factory=list)
    left: int = 0
    rupees_left: Decimal = Decimal(0)

    @property
    def answered(self) -> list[Decided]:
        """Decisions that are more than a skip."""
        return [one for one in self.decided if one.status != "skipped"]

    @property
    def changed_menu(self) -> bool:
        """Whether an item or a size is on the menu now that was not before."""
        return any(one.meaning is not None and one.meaning.added for one in self.decided)


class ReviewSession:
    """One person at the queue, until it is empty or the person quits."""

    def __init__(self, desk: Desk, keys: Keys, show: Show) -> None:
        self._desk = desk
        self._keys = keys
        self._show = show
        self._menu = MenuView()
        self._waiting: list[dict[str, Any]] = []
        self._message: str | None = None
        self._wanted: str | None = None  # the name to show next, after an undo
        self.summary = Summary()

    def run(self) -> Summary:
        """Work through the queue. The summary is complete at any moment, should Ctrl-C end it."""
        self._menu = self._desk.menu()
        while (name := self._next()) is not None and self._review(name):
            pass
        self._read()
        return self.summary

    def _read(self) -> None:
        """The queue as it is now; names that were skipped in this session have had their turn."""
        had = {one.raw_name_norm for one in self.summary.decided}
        waiting = self._desk.waiting()
        self._waiting = [name for name in waiting if name["raw_name_norm"] not in had]
        self.summary.left = len(waiting)
        self.summary.rupees_left = sum((name["revenue"] for name in waiting), Decimal(0))

    def _next(self) -> dict[str, Any] | None:
        self._read()
        wanted, self._wanted = self._wanted, None
        first = self._waiting[0] if self._waiting else None
        return next((name for name in self._waiting if name["raw_name_norm"] == wanted), first)

    def _review(self, name: dict[str, Any]) -> bool:
        """Show one name until something is decided about it; False to end the session."""
        prices = self._desk.prices(name["raw_name_norm"])
        sure = False
        while True:
            panel = screen.name_panel(name, prices)
            self._draw(panel, screen.candidates_table(name, self._menu), keys=screen.NAME_KEYS)
            key = self._keys()
            self._message = None
            if key in ("q", "Q", END):
                return False
            if key in ("u", "U"):
                if self._undo():
                    return True
                continue
            if self._is_far(name, key) and not sure:
                sure = True
                self._message = f"! {name['candidates'][0]['score']:.0f} % is far off. Press it again to accept it."
                continue
            decision = self._decision(name, panel, key)
            if decision is not None:
                return self._decide(name, decision)
            sure = False

    def _is_far(self, name: dict[str, Any], key: str) -> bool:
        """Whether a key would accept a candidate that is hardly like the name: Enter slips easily."""
        return key in ("a", "A", "enter") and bool(name["candidates"]) and name["candidates"][0]["score"] < _FAR

    def _decision(self, name: dict[str, Any], panel: RenderableType, key: str) -> Decision | None:
        """What a key decides, if anything, asking for more where more is needed."""
        if key in ("a", "A", "enter"):
            return self._candidate(name, panel, 1, accepted=True)
        if key in ("1", "2", "3"):
            return self._candidate(name, panel, int(key), accepted=False)
        if key in ("s", "S", "/"):
            return self._search(name, panel)
        if key in ("n", "N"):
            return self._new_item(name, panel)
        if key in ("x", "X"):
            return NoItem()
        return Skip() if key in ("k", "K", " ") else None

    def _candidate(
        self, name: dict[str, Any], panel: RenderableType, number: int, *, accepted: bool
    ) -> Decision | None:
        if number > len(name["candidates"]):
            self._message = f"! There is no candidate {number}; s searches the menu, n makes a new item."
            return None
        candidate = name["candidates"][number - 1]
        item = self._menu.item(candidate["menu_item_id"])
        if item is not None and not self._menu.size(item.menu_item_id, candidate["variant"]).is_sold:
            return self._size(name, panel, item)
        return Accept() if accepted else Choose(candidate["menu_item_id"], candidate["variant"])

    def _search(self, name: dict[str, Any], panel: RenderableType) -> Decision | None:
        editor = LineEditor()
        place = 0
        while True:
            found = search_menu(self._menu.choices, editor.text, limit=_LISTED)
            place = min(place, max(len(found) - 1, 0))
            box = screen.search_box(editor, found, place, name["clean_variant"], self._menu)
            self._draw(panel, box, keys=screen.PICK_KEYS)
            key = self._keys()
            if key in ("esc", END):
                return None
            picked = _picked(key, place, len(found))
            if picked is not None:
                decision = self._size(name, panel, found[picked])
                if decision is not None:
                    return decision
            elif key in ("up", "down"):
                place = _moved(key, place, len(found))
            else:
                editor.press(key)
                place = 0

    def _size(self, name: dict[str, Any], panel: RenderableType, item: MenuChoice) -> Decision | None:
        """Ask for the size; the one read from the name is proposed."""
        read = name["clean_variant"]
        sizes = [*item.sizes, *([] if read in item.sizes else [read])]
        place = sizes.index(read)
        while True:
            self._draw(panel, screen.size_list(item, sizes, place, self._menu), keys=screen.PICK_KEYS)
            key = self._keys()
            if key in ("esc", END):
                return None
            picked = _picked(key, place, len(sizes))
            if picked is not None:
                return Choose(item.menu_item_id, sizes[picked])
            if key in ("up", "down"):
                place = _moved(key, place, len(sizes))

    def _new_item(self, name: dict[str, Any], panel: RenderableType) -> Decision | None:
        fields = {field: LineEditor(name[f"clean_{field}"]) for field in _FIELDS}
        order = list(fields)
        active, problem = 0, None
        while True:
            types = ", ".join(self._menu.types)
            self._draw(panel, screen.new_item_form(fields, order[active], problem, types), keys=screen.FORM_KEYS)
            key = self._keys()
            if key in ("esc", END):
                return None
            if key in ("up", "down"):
                active = _moved(key, active, len(order))
            elif key != "enter":
                fields[order[active]].press(key)
            elif active < len(order) - 1:
                active += 1
            else:
                try:
                    return self._filled({field: editor.text for field, editor in fields.items()})
                except EntryError as error:
                    active, problem = order.index(error.column), f"{error.column}: {error}"

    def _filled(self, texts: dict[str, str]) -> NewItem:
        """The new item of a form. Errors: EntryError."""
        name, type_, variant = (check(" ".join(texts[field].split())) for field, check in _FIELDS.items())
        known = {each.casefold(): each for each in self._menu.types}
        begun = [each for folded, each in known.items() if folded.startswith(type_.casefold())]
        found = known.get(type_.casefold()) or (begun[0] if len(begun) == 1 else None)
        if found is None:
            raise EntryError("type", f'"{type_}" is no type of the menu; a menu file can bring new ones')
        return NewItem(name, found, variant)

    def _decide(self, name: dict[str, Any], decision: Decision) -> bool:
        try:
            decided = self._desk.decide(name, decision)
        except (AlreadyDecidedError, ChangedMeanwhileError, ReviewError) as error:
            self._message = f"! {error}"
            self._menu = self._desk.menu()
            return True
        self.summary.decided.append(decided)
        if decided.meaning is not None and decided.meaning.added:
            self._menu = self._desk.menu()
        self._message = told(decided)
        return True

    def _undo(self) -> bool:
        """Take this session's newest decision back and show its name again; False when there is none."""
        if not self.summary.decided:
            self._message = (
                "! Nothing to undo in this session; ops restaurant aliases remove takes back older decisions."
            )
            return False
        last = self.summary.decided.pop()
        try:
            undone = self._desk.undo(last.raw_name_norm)
            self._message = f"Taken back: {last.raw_name} ({undone.was})"
        except ReviewError as error:
            self._message = f"! {error}"
        self._wanted = last.raw_name_norm
        self._menu = self._desk.menu()
        return True

    def _draw(self, *parts: RenderableType, keys: Sequence[tuple[str, str]]) -> None:
        done = self.summary.decided
        covered = sum((one.revenue for one in self.summary.answered), Decimal(0))
        names = len(done) + len(self._waiting)
        standing = screen.Standing(self._desk.who, len(done), names, covered, covered + self.summary.rupees_left)
        self._show(screen.page(standing, self._message, *parts, keys=keys))


def told(decided: Decided) -> str:
    """A decision as one line."""
    if decided.meaning is None:
        return f"{decided.raw_name}: {'skipped' if decided.status == 'skipped' else 'no item of the menu'}"
    added = {"item": " (new item)", "size": " (new size)"}.get(decided.meaning.added or "", "")
    return f"{decided.raw_name} -> {decided.meaning}{added}"


def _picked(key: str, place: int, count: int) -> int | None:
    """The place a key takes from a list."""
    if key == "enter":
        return place if count else None
    if len(key) == 1 and key in "123456789":
        return int(key) - 1 if int(key) <= count else None
    return None


def _moved(key: str, place: int, count: int) -> int:
    return (place + (1 if key == "down" else -1)) % count if count else 0
