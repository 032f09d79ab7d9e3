"""What happens on the demo dealerships' lots from day to day, and the mistakes planted on the first.

Belongs here: the stock of all sites as it stands on a day, cars that come, go, move, come back and change
price, a site that is missing from a day's scrape and one that is read only in part. Not here: a single car
(demo_cars), the file and its facts (demo_data).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from ops_platform.vehicles.demo_cars import PRICE, STOCK, VIN, CarFactory, Listing
from ops_platform.vehicles.demo_sites import Site
from ops_platform.vehicles.demo_vins import with_wrong_check_digit

GONE_SHARE, NEW_SHARE, PRICE_SHARE = 0.02, 0.035, 0.076  # of the cars on the lots, per day
ABSENT_DAY, HALVED_DAY = 1, 2  # counted from 0
_SHARED_SHARE = 0.25
_TYPED_IN_VIN = "12345678910121314"  # well-formed, and plainly nobody's


@dataclass(frozen=True, slots=True)
class Changes:
    """How many vehicles (a VIN at a dealership) changed since the scrape before."""

    first_seen: int = 0
    gone: int = 0
    moved: int = 0
    relisted: int = 0
    price_changes: int = 0


class DemoLots:
    """The cars on all sites; `advance` turns the day, `visible` is what a scrape of the day sees."""

    def __init__(
        self,
        rng: np.random.Generator,
        *,
        sites: Sequence[Site],
        sisters: Mapping[int, Sequence[int]],
        outsiders: Mapping[str, tuple[Site, int]],
        cars: int,
        today: date,
    ) -> None:
        """The first day.

        `sisters`: site index -> indices of the sites whose cars it lists too; `outsiders`: reject code ->
        (site whose rows get it, number of rows).
        """
        self._rng = rng
        self._factory = CarFactory(rng)
        self._sites = tuple(sites)
        self._lots = [
            self._factory.build(site, count, today=today)
            for site, count in zip(sites, _sizes(rng, cars, len(sites)), strict=True)
        ]
        self._share(sisters)
        self._plant(cars, today)
        for code, (site, count) in outsiders.items():
            self._lots.append(self._factory.build(site, count, today=today))
            for listing in self._lots[-1]:
                listing.reject, listing.flaw = code, None
        self._departed: list[Listing] = []
        self._moved: set[int] = set()
        self._frozen = self._choose_frozen({*sisters}.union(*sisters.values()))

    def missing_site(self, day: int) -> Site | None:
        """The site that is not in the scrape of this day (0 is the first), if any."""
        index = self._frozen.get(ABSENT_DAY) if day == ABSENT_DAY else None
        return None if index is None else self._sites[index]

    def halved_site(self, day: int) -> Site | None:
        """The site of which the scrape of this day holds fewer than half of the cars, if any."""
        index = self._frozen.get(HALVED_DAY) if day == HALVED_DAY else None
        return None if index is None else self._sites[index]

    def visible(self, day: int) -> list[list[Listing]]:
        """The listings of every site that a scrape of this day holds; the missing site's list is empty."""
        lots = [list(lot) for lot in self._lots]
        if (index := self._frozen.get(day)) is not None:
            lots[index] = [] if day == ABSENT_DAY else _two_fifths(lots[index])
        return lots

    def advance(self, day: int, today: date) -> Changes:
        """Let a night pass. The site that the day's scrape does not see whole keeps its cars as they are."""
        frozen = self._frozen.get(day)
        open_sites = [index for index in range(len(self._sites)) if index != frozen]
        cars = self._shuffled(
            car for index in open_sites for car in self._lots[index] if not (car.reject or car.shared)
        )
        # At most a third of a lot leaves in one night: more would look like a site that was not read whole.
        room = {index: count // 3 for index, count in Counter(car.site.index for car in cars).items()}
        gone, staying = _leaving(cars, round(GONE_SHARE * len(cars)), room)
        pricing = round(PRICE_SHARE * len(cars))
        price_changes = sum(_reprice(car, self._rng.random()) for car in staying[:pricing])
        relisted = self._relist(frozen)
        moved = self._move([car for car in staying[pricing:] if room[car.site.index]], open_sites)
        self._remove(gone)
        self._departed += gone
        arrivals = self._arrive(round(NEW_SHARE * len(cars)), open_sites, today)
        first_seen = sum(car.reject is None for car in arrivals)
        return Changes(first_seen, len(gone), moved, relisted, price_changes)

    def _shuffled(self, cars: Iterable[Listing]) -> list[Listing]:
        ordered = list(cars)
        return [ordered[index] for index in self._rng.permutation(len(ordered)).tolist()]

    def _share(self, sisters: Mapping[int, Sequence[int]]) -> None:
        for index, listed in sisters.items():
            for sister in listed:
                for car in self._lots[sister]:
                    if car.reject is None and not car.shared and self._rng.random() < _SHARED_SHARE:
                        car.shared = True
                        self._lots[index].append(car.at(self._sites[index], shared=True))

    def _plant(self, cars: int, today: date) -> None:
        """Mistakes that are too rare to leave to chance: at least one of each, more in a larger scrape."""
        sound = self._shuffled(car for lot in self._lots for car in lot if not (car.reject or car.flaw or car.shared))
        for car in sound[: _a_few(cars, 3e-4)]:
            car.set_vin(with_wrong_check_digit(car.fields[VIN]))
            car.flaw = "check_digit"
        if len(sound) > 1000:
            sound[-1].set_vin(_TYPED_IN_VIN)
            sound[-1].flaw = "check_digit"
        self._reuse_stock(cars)
        for number in range(_a_few(cars, 4e-4)):
            car = self._extra("vin_format", today)
            vin = car.fields[VIN]
            car.set_vin((vin[:-1], f"{vin}7", "", f"MOCK{car.serial:06d}000000000")[number % 4])
        for _ in range(_a_few(cars, 3e-4)):
            self._extra("field_count", today)

    def _extra(self, code: str, today: date) -> Listing:
        index = int(self._rng.integers(len(self._sites)))
        (car,) = self._factory.build(self._sites[index], 1, today=today)
        car.reject, car.flaw = code, None
        self._lots[index].append(car)
        return car

    def _reuse_stock(self, cars: int) -> None:
        for _ in range(_a_few(cars, 2e-4)):
            lot = self._lots[int(self._rng.integers(len(self._lots)))]
            stocked = [car for car in lot if car.reject is None and car.fields[STOCK]]
            if len(stocked) >= 2:
                stocked[-1].fields[STOCK] = stocked[0].fields[STOCK]
                stocked[-1].write_url()

    def _choose_frozen(self, grouped: set[int]) -> dict[int, int]:
        able = [
            index
            for index in range(len(self._sites))
            if index not in grouped and sum(car.reject is None for car in self._lots[index]) >= 8
        ]
        chosen = self._rng.permutation(able).tolist()
        # Two sites must stay whole, else nothing could be told from a scrape.
        return dict(zip((ABSENT_DAY, HALVED_DAY), chosen, strict=False)) if len(self._sites) >= 4 else {}

    def _relist(self, frozen: int | None) -> int:
        for car in self._departed:
            if car.site.index != frozen:
                self._departed.remove(car)
                self._lots[car.site.index].append(car)
                return 1
        return 0

    def _move(self, cars: Iterable[Listing], open_sites: Sequence[int]) -> int:
        """One car to another dealership; none that moved before, which would look like one that came back."""
        car = next((car for car in cars if car.serial not in self._moved), None)
        if car is None or len(open_sites) < 2:
            return 0
        others = [index for index in open_sites if index != car.site.index]
        target = self._sites[others[int(self._rng.integers(len(others)))]]
        self._remove([car])
        self._lots[target.index].append(car.at(target))
        self._moved.add(car.serial)
        return 1

    def _remove(self, cars: Sequence[Listing]) -> None:
        leaving = {id(car) for car in cars}
        for index in {car.site.index for car in cars}:
            self._lots[index] = [car for car in self._lots[index] if id(car) not in leaving]

    def _arrive(self, count: int, open_sites: Sequence[int], today: date) -> list[Listing]:
        sizes = np.array([len(self._lots[index]) for index in open_sites], dtype=float)
        arrivals = []
        if sizes.sum() > 0:
            shares = self._rng.multinomial(count, sizes / sizes.sum()).tolist()
            for index, arriving in zip(open_sites, shares, strict=True):
                cars = self._factory.build(self._sites[index], arriving, today=today, arriving=True)
                self._lots[index] += cars
                arrivals += cars
        return arrivals


def _sizes(rng: np.random.Generator, cars: int, sites: int) -> list[int]:
    """How many of the cars each site has: most lots within a factor of three, one in twelve very small."""
    weights = np.where(rng.random(sites) < 0.08, 0.08, 0.5 + rng.random(sites))
    shares = cars * weights / weights.sum()
    sizes = np.floor(shares).astype(int)
    sizes[np.argsort(sizes - shares, kind="stable")[: cars - sizes.sum()]] += 1
    return sizes.tolist()


def _leaving(cars: Iterable[Listing], count: int, room: dict[int, int]) -> tuple[list[Listing], list[Listing]]:
    """The first `count` cars whose site has room for one to leave (counted down in `room`), and the rest."""
    gone: list[Listing] = []
    staying: list[Listing] = []
    for car in cars:
        if len(gone) < count and room[car.site.index]:
            room[car.site.index] -= 1
            gone.append(car)
        else:
            staying.append(car)
    return gone, staying


def _two_fifths(lot: Sequence[Listing]) -> list[Listing]:
    quota = sum(car.reject is None for car in lot) * 2 // 5
    kept: list[Listing] = []
    for car in lot:
        quota -= car.reject is None
        if quota < 0:
            break
        kept.append(car)
    return kept


def _reprice(car: Listing, draw: float) -> bool:
    """Give the car another price; False when its site shows none."""
    text = car.fields[PRICE]
    price = int(text.removesuffix(".0")) if text.removesuffix(".0").isdigit() else 0
    if price <= 0:
        return False
    step = (250, 500, 750, 1000, 1500, 2000)[int(draw * 6)]
    new_price = price - step if price > 8000 else price + step
    car.fields[PRICE] = car.site.style.price_format.format(new_price)
    return True


def _a_few(cars: int, share: float) -> int:
    return max(1, round(cars * share))
