"""What the demo's tills and aggregators do to a name: sizes in several spellings, slips, names from before.

Belongs here: the tables of what people type, and how a size or a slip is put on a name. Not here: which of them
stand for what, and by which way a matcher has to find it (demo_names).
"""

from __future__ import annotations

import unicodedata
from typing import Final

from ops_platform.restaurant.demo_menu import ONE_PIECE

# size -> (how tills write it, how aggregators write it); the shop's design reads `Perfect Plenty (300ml)` as the tub.
_SIZES: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "JUNIOR_SCOOP_60GMS": (("{} (Junior Scoop (60gm))", "{} (60gm)"), ("{} Small Scoop", "{} (Junior Scoop)")),
    "REGULAR_SCOOP_120GMS": (("{} (Regular Scoop (120gm))", "{} (Regular)"), ("{} (Regular Scoop)", "{} (Regular)")),
    "MINI_TUB_160GMS": (("{} (Mini Tub (160gms))", "{} (160gm)"), ("{} (Mini tub (160gms))", "{} (Mini Tub)")),
    "MINI_TUB_200ML": (("{} (Mini Tub (200ml))", "{} 200ml"), ("{} (Mini Indulgence (200ml))", "{} 200ml")),
    "REGULAR_TUB_220GMS": (("{} (Regular Tub (220gms))",), ("{} (Regular tub (220gms))", "{} (Regular Tub)")),
    "REGULAR_TUB_300ML": (("{} (Regular Tub (300ml))",), ("{} (Perfect Plenty (300ml))",)),
    "PERFECT_PLENTY_200GMS": (("{} (Perfect Plenty (200gms))",), ("{} (Perfect Plenty)",)),
    "PERFECT_PLENTY_350ML": (("{} (Perfect Plenty (350ml))",), ("{} (Perfect Plenty (350ml))",)),
    "FAMILY_TUB_500GMS": (("{} (Family Tub (500gms))",), ("{} (Family Tub)", "{} (Family tub (500gms))")),
    "FAMILY_TUB_700ML": (("{} (Family Tub (700ml))",), ("{} (Family tub (700ml))",)),
    "FAMILY_TUB_725ML": (("{} (Family Tub (725ml))",), ("{} (Family Feast (725ml))", "{} (Family Feast)")),
    "400GMS": (("{} (400gms)",), ("{} 400gms",)),
    "1KG": (("{} 1kg",), ("{} (1kg)",)),
    "2_PIECES": (("{} (2pcs)",), ("{}(2pcs)",)),
    "DUO_200ML_200ML": (("{} (200ml+200ml)",), ("{} (200ml + 200ml)",)),
    "FAMILY_PACK_3X200ML": (("{} (200+200+200 Ml)",), ("{}",)),
    "SINGLE": (("{} (single)",), ("{} (single)",)),
    "FAMILY": (("{}(family)",), ("{}(family)",)),
    ONE_PIECE: (("{}",), ("{}",)),
}
# Slips that the cleaning rules know.
_KNOWN_SLIPS: Final = (
    ("Alphonso", "Alphanso"),
    ("Bean-to-Bar", "Bean to bar"),
    ("Dark Chocolate", "Chocolate Dark"),
    ("Eggless", "Eggles"),
    ("Vanilla", "Vanila"),
    ("Factory Visit", "Factor Visit"),
    (" Pie", " Piec"),
)
# What an item was called before; the till keeps the old name beside an id that is still on the menu.
NAMES_BEFORE: Final = {
    "Vanilla Bean Ice Cream": "Grandmother's Plain",
    "Salted Caramel Swirl Ice Cream": "Burnt Sugar No. 7",
    "Filter Kaapi Ice Cream": "The Morning After",
    "Guava Chilli Ice Cream": "Street Cart Special",
    "Toasted Marshmallow Ice Cream": "Campfire",
    "Espresso Tiramisu": "Pick-me-up Slice",
    "Rider Delivery Charges": "Porter",
}
# (item, slip): no rule knows them, but one letter off is near enough to link without a person.
UNKNOWN_SLIPS: Final = (
    ("Salted Caramel Swirl Ice Cream", "Salted Carmel Swirl Ice Cream"),
    ("Alphonso & Passion Fruit Ice Cream", "Alphonso & Pasion Fruit Ice Cream"),
    ("Peanut Butter Crunch Ice Cream", "Peanut Buter Crunch Ice Cream"),
    ("Raspberry & White Chocolate Ice Cream", "Rasberry & White Chocolate Ice Cream"),
    ("Blackcurrant Ripple Ice Cream", "Blackcurrent Ripple Ice Cream"),
    ("Roasted Hazelnut Ice Cream", "Roasted Hazelnuts Ice Cream"),
    ("Toasted Marshmallow Ice Cream", "Toasted Marshmellow Ice Cream"),
    ("Blueberry Cheesecake Ice Cream", "Blueberry Cheescake Ice Cream"),
    ("Eggless Tender Coconut Ice Cream", "Eggless Tendar Coconut Ice Cream"),
    ("Custard Apple Ice Cream", "Custard Apples Ice Cream"),
    ("Peppermint Bark Ice Cream", "Pepermint Bark Ice Cream"),
    ("Crème Brûlée Ice Cream", "Crème Brule Ice Cream"),
)
# (item, what is written): words left out, added or turned round, a festival; a person has to look.
FOR_A_PERSON: Final = (
    ("Vanilla Bean Ice Cream", "Vanilla Bean"),
    ("Honey & Walnut Ice Cream", "Walnut Honey Ice Cream"),
    ("Salted Caramel Swirl Ice Cream", "Salted Caramel Swirl Ice Cream Ice Cream"),
    ("Eggless Tender Coconut Ice Cream", "Tender Coconut Ice Cream"),
    ("Raspberry & White Chocolate Ice Cream", "White Chocolate Raspberry Ice Cream"),
    ("Ginger Biscuit Ice Cream", "Ginger Biscuit Ice Cream (Diwali Special)"),
    ("Eggless Dark Chocolate & Sea Salt Ice Cream", "Eggless Dark Chocolate & Salt Ice Cream"),
    ("Custard Apple Ice Cream", "Custard Apple Ice Cream - Monsoon Menu"),
    ("Peanut Butter Crunch Ice Cream", "Peanut Butter Ice Cream"),
    ("Jaggery & Sesame Ice Cream", "Jaggery Sesame Crunch Ice Cream"),
    ("Saffron & Almond Ice Cream", "Almond Saffron Ice Cream"),
    ("Lemon Poppy Seed Ice Cream", "Lemon Poppyseed Twist Ice Cream"),
    ("Filter Kaapi Ice Cream", "Filter Kaapi"),
)
# Sold once, and much like something that is sold today: a link would be wrong.
LOOKALIKES: Final = ("Honey & Almond Ice Cream", "Roasted Walnut Ice Cream", "Salted Caramel Crunch Ice Cream")
# Sold once, or never the shop's: (what is written, item, size, rupees).
STRANGERS: Final = (
    ("Durian Thunder Ice Cream", "Durian Thunder Ice Cream", "REGULAR_SCOOP_120GMS", 170),
    ("Beetroot & Feta Ice Cream", "Beetroot & Feta Ice Cream", "MINI_TUB_200ML", 210),
    ("Midnight Licorice", "Midnight Licorice Ice Cream", "MINI_TUB_200ML", 210),
    ("Jamun Fizz Sorbet", "Jamun Fizz Sorbet", "REGULAR_SCOOP_120GMS", 150),
    ("Kiwi Slush", "Kiwi Slush", "REGULAR_TUB_300ML", 280),
    ("Gift Voucher 500", "Gift Voucher 500", ONE_PIECE, 500),
    ("Open Item", "Open Item", ONE_PIECE, 100),
    ("Tote Bag", "Tote Bag", ONE_PIECE, 250),
)


def with_size(name: str, size: str, side: int, number: int) -> str:
    """The name with its size as tills (side 0) or aggregators (1) write it; `number` picks among the spellings."""
    spellings = _SIZES[size][side]
    return spellings[number % len(spellings)].format(name)


def with_a_slip(name: str, number: int) -> str | None:
    """The name with a slip that cleaning undoes; `number` picks. None: nobody mistypes a name as plain as this."""
    slips = [name.replace(right, wrong) for right, wrong in _KNOWN_SLIPS]
    slips += [name.replace("&", "&amp;"), unicodedata.normalize("NFD", name)]
    if telling := [slip for slip in slips if slip != name]:
        return telling[number % len(telling)]
    return {0: name.replace(" ", "  ", 1), 1: f"{name} -"}.get(number % 5)
