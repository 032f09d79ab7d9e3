"""What the demo's garden centre, "Willet & Moss", sells: categories with their seasons, words for names, brands.

Belongs here: facts about the assortment, as constants, and how a product is named. Not here: single items and what is
wrong with some (demo_items), who buys (demo_customers), sales (demo_tickets).
Cultivars, brands and makers are invented.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

import numpy as np

COMPANY: Final = "Willet & Moss"
COMPANY_BRAND: Final = "WILLETMOSS"
RACK: Final = "TANSY LANE"
"""A supplier that fills its own rack in the shop; its name is in the descriptions of its items."""

BRANDS: Final[dict[str, str]] = {
    "Loamwright": "LOAMWRIGHT",
    "Mossbury Clay": "MOSSBURY",
    "Tindlebee": "TINDLEBEE",
    "Gritstead": "GRITSTEAD",
    "Hale & Hedge": "HALEHEDGE",
    "Quillwater": "QUILLWATER",
}
"""Name on a label -> brand code."""

BRAND_OF: Final[dict[str, tuple[str, ...]]] = {
    "CHRISTMAS": ("Hale & Hedge",),
    "DECOR": ("Hale & Hedge",),
    "HEALTH": ("Quillwater",),
    "POTTERY": ("Mossbury Clay",),
    "SEEDS": ("Tindlebee",),
    "SUPPLIES": ("Loamwright", "Quillwater"),
    "TOOLS": ("Gritstead",),
}
"""Names on the labels of a category; the others carry the company's own brand."""

BUFFERS: Final[dict[str, int]] = {"TINDLEBEE": 0, "LOAMWRIGHT": 2}
"""Brands of which so many are kept back from the web shop; the store set this (settings: stock_buffer.vendors)."""

Kind = Literal["plant", "goods", "service"]
Sizes = tuple[tuple[str, float], ...]

_POTS: Final[Sizes] = (("4 in pot", 1.0), ("1 gal", 2.2), ("2 gal", 3.6), ("3 gal", 4.9), ("7 gal", 9.5))
_BASKETS: Final[Sizes] = (("6 pack", 0.9), ("4 in pot", 1.0), ("flat", 4.6), ("10 in basket", 5.5))
_STANDARDS: Final[Sizes] = (("3 gal", 1.0), ("5 gal", 1.7), ("10 gal", 3.1), ("15 gal", 4.4), ("25 gal", 7.2))
_WIDTHS: Final[Sizes] = (("6 in", 0.6), ("8 in", 1.0), ("12 in", 1.9), ("16 in", 3.4), ("22 in", 6.0))
_BAGS: Final[Sizes] = (("1 lb", 0.5), ("4 lb", 1.0), ("8 lb", 1.7), ("25 lb", 3.9))
_BOTTLES: Final[Sizes] = (("8 oz", 0.7), ("1 pt", 1.0), ("1 qt", 1.6), ("1 gal", 4.1))
_PACKETS: Final[Sizes] = (("packet", 1.0), ("large packet", 1.8))
_PIECES: Final[Sizes] = (("each", 1.0), ("set of 3", 2.6))
_ONE: Final[Sizes] = (("each", 1.0),)


class Category(NamedTuple):
    """A category of items.

    share: of the products, by weight. sales: of the units sold in a year, by weight. price: of the size with factor 1,
    lowest and highest, in dollars. season: how well it sells in each month, January first.
    """

    code: str
    title: str
    kind: Kind
    share: float
    sales: float
    price: tuple[float, float]
    sizes: Sizes
    things: tuple[str, ...]
    season: tuple[float, ...]


_SPRING: Final = (0.1, 0.3, 1.1, 2.6, 3.0, 1.7, 0.8, 0.5, 0.5, 0.3, 0.1, 0.05)
_PLANTING: Final = (0.3, 0.5, 1.3, 1.9, 1.9, 1.2, 0.7, 0.6, 1.2, 1.2, 0.7, 0.3)
_SUMMER: Final = (0.2, 0.3, 0.9, 1.6, 2.2, 2.0, 1.5, 1.1, 0.8, 0.5, 0.2, 0.2)
_AUTUMN: Final = (0.1, 0.2, 0.3, 0.3, 0.2, 0.2, 0.4, 1.0, 3.0, 3.4, 1.6, 0.3)
_WINTER: Final = (0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.2, 0.6, 4.0, 7.0)
_INDOORS: Final = (1.4, 1.3, 1.1, 0.9, 0.9, 0.7, 0.7, 0.8, 0.9, 1.0, 1.1, 1.4)
_SOWING: Final = (1.2, 2.2, 2.8, 2.2, 1.2, 0.6, 0.4, 0.5, 0.4, 0.2, 0.1, 0.2)
_GIFTS: Final = (0.4, 0.7, 0.9, 1.2, 1.7, 1.1, 0.8, 0.7, 0.8, 0.9, 1.4, 2.2)
_STEADY: Final = (0.7, 0.8, 1.1, 1.4, 1.4, 1.2, 1.0, 0.9, 1.0, 1.0, 0.8, 0.7)

CATEGORIES: Final[tuple[Category, ...]] = (
    Category("ANNUAL", "Annuals", "plant", 10, 24, (3.5, 6.5), _BASKETS, (
        "Petunia", "Begonia", "Impatiens", "Marigold", "Zinnia", "Coleus", "Lantana", "Verbena"), _SPRING),
    Category("BULB", "Bulbs", "plant", 3, 3, (6, 15), _PACKETS, (
        "Tulip", "Daffodil", "Crocus", "Hyacinth", "Allium", "Dahlia", "Lily"), _AUTUMN),
    Category("CHRISTMAS", "Christmas", "goods", 4, 5, (8, 60), _PIECES, (
        "Wreath", "Garland", "Ornament", "Tree Stand", "Star Lantern", "Table Swag"), _WINTER),
    Category("DECIDUOUS", "Deciduous shrubs", "plant", 7, 4, (14, 24), _POTS, (
        "Hydrangea", "Spirea", "Viburnum", "Weigela", "Forsythia", "Fothergilla", "Ninebark"), _PLANTING),
    Category("DECOR", "Decor", "goods", 5, 3, (12, 70), _PIECES, (
        "Wind Chime", "Garden Stake", "Bird Bath", "Stone Rabbit", "Lantern", "Sundial", "Trellis"), _GIFTS),
    Category("EDIBLES", "Edibles", "plant", 7, 9, (4, 9), _POTS, (
        "Tomato", "Pepper", "Basil", "Blueberry", "Strawberry", "Rosemary", "Fig", "Thyme"), _SPRING),
    Category("EVERGREEN", "Evergreens", "plant", 7, 4, (16, 30), _POTS, (
        "Boxwood", "Holly", "Juniper", "Arborvitae", "Cedar", "Yew", "Laurel"), _PLANTING),
    Category("FLOWERING", "Flowering shrubs", "plant", 7, 5, (15, 28), _POTS, (
        "Azalea", "Camellia", "Rhododendron", "Rose", "Gardenia", "Abelia", "Lilac"), _SUMMER),
    Category("GRASSES", "Grasses", "plant", 3, 2, (8, 16), _POTS, (
        "Fountain Grass", "Switchgrass", "Muhly Grass", "Sedge", "Feather Reed"), _SUMMER),
    Category("GROUND", "Ground covers", "plant", 3, 2, (5, 10), _POTS, (
        "Creeping Phlox", "Vinca", "Sedum", "Ajuga", "Pachysandra", "Mazus"), _PLANTING),
    Category("HEALTH", "Plant health", "goods", 4, 4, (9, 26), _BOTTLES, (
        "Neem Spray", "Leaf Wash", "Copper Mix", "Deer Guard", "Root Tonic"), _SUMMER),
    Category("HOUSE", "House plants", "plant", 7, 8, (6, 18), _POTS, (
        "Philodendron", "Pothos", "Monstera", "Fern", "Orchid", "Snake Plant", "Peperomia"), _INDOORS),
    Category("PERENNIAL", "Perennials", "plant", 12, 10, (7, 14), _POTS, (
        "Coneflower", "Hosta", "Salvia", "Daylily", "Heuchera", "Astilbe", "Phlox", "Hellebore", "Yarrow"), _PLANTING),
    Category("POTTERY", "Pottery", "goods", 7, 4, (14, 48), _WIDTHS, (
        "Planter", "Bowl", "Urn", "Egg Pot", "Square Pot", "Saucer"), _SUMMER),
    Category("SEEDS", "Seeds", "goods", 5, 6, (2.5, 5), _PACKETS, (
        "Bean Seed", "Lettuce Seed", "Carrot Seed", "Sunflower Seed", "Squash Seed", "Clover Seed"), _SOWING),
    Category("SERVICES", "Services", "service", 1, 0.5, (35, 180), _ONE, (
        "Gift Card", "Design Visit", "Planting", "Delivery", "Pot Filling"), _PLANTING),
    Category("SUPPLIES", "Supplies", "goods", 6, 9, (8, 24), _BAGS, (
        "Potting Mix", "Plant Food", "Pine Mulch", "Compost", "Lime", "Bone Meal"), _STEADY),
    Category("TOOLS", "Tools", "goods", 3, 2, (11, 48), _ONE, (
        "Trowel", "Pruner", "Hose Nozzle", "Rake", "Weeder", "Glove Pair"), _STEADY),
    Category("TREES", "Trees", "plant", 5, 2, (65, 120), _STANDARDS, (
        "Maple", "Redbud", "Dogwood", "Magnolia", "Oak", "Crape Myrtle", "Cherry"), _PLANTING),
    Category("WORKSHOP", "Workshops", "service", 1, 1, (25, 65), _ONE, (
        "Wreath Class", "Terrarium Class", "Pruning Class", "Seed Class"), _STEADY),
)  # fmt: skip

_FIRST: Final = (
    "Amber", "Blue", "Copper", "Crimson", "Dusky", "Early", "Frosted", "Golden", "Hidden", "Ivory", "Little", "Misty",
    "Noble", "Painted", "Pale", "Quiet", "Rosé", "Ruby", "Silver", "Summer", "Tall", "Velvet", "Wild", "Winter",
)  # fmt: skip
_SECOND: Final = (
    "Acre", "Bell", "Brook", "Candle", "Cloud", "Creek", "Dancer", "Ember", "Feather", "Glen", "Harbor", "Heron",
    "Lace", "Lantern", "Meadow", "Orchard", "Pearl", "Ridge", "Ribbon", "Spire", "Thimble", "Vale", "Whisper", "Wren",
)  # fmt: skip
_CULTIVARS: Final = len(_FIRST) * len(_SECOND)


def product_names(category: Category, count: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    """So many different products of a category as thing and cultivar: ("Hosta", "Blue Heron"). ValueError: too many."""
    if category.kind == "service":
        return [
            (category.things[n % len(category.things)], f"No. {1 + n // len(category.things)}") for n in range(count)
        ]
    there_are = len(category.things) * _CULTIVARS
    if count > there_are:
        raise ValueError(f"the demo has {there_are:,} names in {category.code}, asked for {count:,}: take fewer items")
    chosen = rng.permutation(there_are)[:count].tolist()
    # The thing runs fastest, so that few products still are of different things.
    return [(category.things[name % len(category.things)], _cultivar(name // len(category.things))) for name in chosen]


def _cultivar(number: int) -> str:
    return f"{_FIRST[number % len(_FIRST)]} {_SECOND[number // len(_FIRST)]}"


def season_by_week() -> np.ndarray:
    """How well a category (row) sells in each week of a year (53 columns), between the middles of the months."""
    weeks = np.arange(53) * 7 + 3.5
    middles = (np.arange(12) + 0.5) * 30.44
    return np.array([np.interp(weeks, middles, category.season, period=365.25) for category in CATEGORIES])
