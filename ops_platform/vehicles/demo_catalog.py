"""What the demo dealerships sell: makes, models, trims, list prices and paint names, as plain data.

Belongs here: the tables a demo car is drawn from, and which makes a dealership's name stands for. Not here:
how cars, files or errors are made (demo_cars, demo_data). World manufacturer identifiers (WMI, the first
three places of a VIN) are those that the makers use for the model; prices are round figures, trims a small
choice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Model:
    """One model.

    `kind` is suv | car | truck | van, `fuel` gas | hybrid | phev | electric | diesel, `since` its first year,
    `list_price` in dollars.
    """

    make: str
    name: str
    wmi: str
    kind: str
    list_price: int
    trims: tuple[str, ...]
    fuel: str
    since: int


def _model(
    name: str, wmi: str, kind: str, thousands: int, trims: str, *, fuel: str = "gas", since: int = 2004
) -> Model:
    return Model("", name, wmi, kind, thousands * 1000, tuple(trims.split("|")), fuel, since)


def _of(make: str, *models: Model) -> tuple[Model, ...]:
    return tuple(replace(model, make=make) for model in models)


_ALL = (
    _of(
        "BMW",
        _model("X5", "5UX", "suv", 68, "sDrive40i|xDrive40i|M60i"),
        _model("X3", "5UX", "suv", 51, "30 xDrive|M50 xDrive"),
        _model("X1", "WBX", "suv", 43, "xDrive28i|M35i", since=2013),
        _model("3 Series", "3MW", "car", 47, "330i|330i xDrive|M340i", since=2019),
        _model("i4", "WBY", "car", 58, "eDrive40|M50", fuel="electric", since=2022),
        _model("M4", "WBS", "car", 82, "Base|Competition xDrive", since=2015),
    ),
    _of(
        "MINI",
        _model("Hardtop 2 Door", "WMW", "car", 31, "Cooper|Cooper S|John Cooper Works"),
        _model("Countryman", "WMZ", "suv", 39, "Cooper S ALL4|JCW ALL4", since=2017),
    ),
    _of(
        "Audi",
        _model("Q5", "WA1", "suv", 48, "45 S line Premium|45 S line Premium Plus|Prestige", since=2009),
        _model("Q7", "WA1", "suv", 62, "45 Premium|55 Premium Plus"),
        _model("A4", "WAU", "car", 44, "40 Premium|45 S line Premium Plus"),
        _model("Q8 e-tron", "WA1", "suv", 76, "Premium|Prestige", fuel="electric", since=2024),
    ),
    _of(
        "Jaguar",
        _model("F-PACE", "SAD", "suv", 58, "P250 R-Dynamic S|P400 R-Dynamic S|SVR", since=2017),
        _model("E-PACE", "SAD", "suv", 50, "P250|R-Dynamic SE", since=2018),
        _model("F-TYPE", "SAJ", "car", 79, "P450|R75", since=2014),
    ),
    _of(
        "Land Rover",
        _model("Range Rover", "SAL", "suv", 109, "SE|Autobiography|SV LWB"),
        _model("Range Rover Sport", "SAL", "suv", 84, "SE|Dynamic SE|First Edition"),
        _model("Defender", "SAL", "suv", 61, "110 S|130 X-Dynamic SE|90 V8", since=2020),
        _model("Discovery Sport", "SAL", "suv", 49, "S|Dynamic SE", since=2015),
    ),
    _of(
        "Hyundai",
        _model("Tucson", "KM8", "suv", 32, "SE|SEL|SEL Convenience|Limited"),
        _model("Santa Fe", "5NM", "suv", 39, "SE|SEL AWD|Calligraphy"),
        _model("Palisade", "KM8", "suv", 44, "SEL|Limited|XRT", since=2020),
        _model("Elantra", "KMH", "car", 23, "SE|SEL Convenience|N Line"),
        _model("Sonata", "KMH", "car", 29, "SEL|Limited", fuel="hybrid", since=2020),
        _model("IONIQ 5", "KM8", "suv", 47, "SEL|Limited AWD", fuel="electric", since=2022),
        _model("Santa Cruz", "5NT", "truck", 34, "SEL|Limited", since=2022),
    ),
    _of(
        "Honda",
        _model("CR-V", "7FA", "suv", 34, "EX|EX-L|Sport Touring Hybrid", since=2017),
        _model("Pilot", "5FN", "suv", 46, "Sport|EX-L|TrailSport|Touring"),
        _model("Civic", "2HG", "car", 26, "LX|Sport|EX|Si"),
        _model("Accord", "1HG", "car", 31, "LX|EX|Sport Hybrid|Touring Hybrid", fuel="hybrid"),
        _model("Odyssey", "5FN", "van", 43, "EX-L|Touring|Elite"),
        _model("Ridgeline", "5FP", "truck", 43, "RTL|Black Edition"),
    ),
    _of(
        "Toyota",
        _model("RAV4", "2T3", "suv", 33, "LE|XLE|XLE Premium|Adventure"),
        _model("Highlander", "5TD", "suv", 44, "LE|XLE|Limited"),
        _model("Camry", "4T1", "car", 31, "LE|SE|XSE", fuel="hybrid"),
        _model("Corolla", "5YF", "car", 24, "LE|SE|Hybrid LE"),
        _model("Tacoma", "3TY", "truck", 39, "SR5|TRD Sport|TRD Off-Road", since=2020),
        _model("Sienna", "5TD", "van", 41, "LE|XLE|Platinum", fuel="hybrid", since=2021),
    ),
    _of(
        "Lexus",
        _model("RX", "2T2", "suv", 53, "350|350 F SPORT|450h+", since=2010),
        _model("TX", "5TD", "suv", 57, "350|350 AWD|500h F SPORT", since=2024),
        _model("ES", "58A", "car", 45, "350|300h Luxury", since=2013),
        _model("NX", "2T2", "suv", 45, "250|350h AWD", fuel="hybrid", since=2015),
    ),
    _of(
        "Nissan",
        _model("Rogue", "5N1", "suv", 32, "S|SV|SL|Rock Creek®"),
        _model("Altima", "1N4", "car", 28, "2.5 S|2.5 SV|2.5 SR"),
        _model("Frontier", "1N6", "truck", 36, "SV|PRO-4X®"),
        _model("Sentra", "3N1", "car", 23, "S|SV|SR"),
    ),
    _of(
        "Kia",
        _model("Sportage", "KND", "suv", 31, "LX|EX|X-Line AWD|SX Prestige"),
        _model("Sorento", "5XY", "suv", 37, "LX|S|EX|X-Pro"),
        _model("Telluride", "5XY", "suv", 42, "S|EX|SX-Prestige X-Pro", since=2020),
        _model("K4", "3KP", "car", 24, "LXS|EX|GT-Line", since=2025),
        _model("EV6", "KND", "suv", 46, "Light|Wind|GT-Line", fuel="electric", since=2022),
        _model("Carnival", "KND", "van", 39, "LXS|SX Prestige", since=2022),
    ),
    _of(
        "Chrysler",
        _model("Pacifica", "2C4", "van", 45, "Select|Limited|Pinnacle", since=2017),
        _model("Town & Country", "2C4", "van", 33, "Touring|Limited"),
        _model("300", "2C3", "car", 37, "Touring|S"),
    ),
    _of(
        "Dodge",
        _model("Durango", "1C4", "suv", 48, "GT|R/T|SRT Hellcat", since=2011),
        _model("Charger", "2C3", "car", 39, "SXT|GT|Scat Pack", since=2011),
        _model("Hornet", "ZAC", "suv", 34, "GT|R/T", fuel="phev", since=2023),
    ),
    _of(
        "Jeep",
        _model("Grand Cherokee", "1C4", "suv", 49, "Laredo|Limited|Summit|Overland", since=2012),
        _model("Wrangler", "1C4", "suv", 46, "Sport S|Sahara|Rubicon", since=2012),
        _model("Compass", "3C4", "suv", 31, "Latitude|Limited|Trailhawk", since=2017),
        _model("Gladiator", "1C6", "truck", 45, "Sport|Mojave|Rubicon", since=2020),
        _model("Wrangler 4xe", "1C4", "suv", 58, "Sahara|Rubicon X", fuel="phev", since=2021),
    ),
    _of(
        "Ram",
        _model("1500", "1C6", "truck", 54, "Tradesman|Big Horn|Laramie|Limited", since=2012),
        _model("2500", "3C6", "truck", 66, "Tradesman|Big Horn|Laramie", fuel="diesel", since=2012),
        _model("ProMaster 2500", "3C6", "van", 50, 'High Roof 159" WB|Low Roof', since=2014),
    ),
    _of(
        "Ford",
        _model("F-150", "1FT", "truck", 56, '4WD SuperCrew 145" XLT|XL|Lariat|Platinum|EcoBoost® STX'),
        _model("Explorer", "1FM", "suv", 46, "Active|ST-Line|Platinum"),
        _model("Escape", "1FM", "suv", 33, "Active|ST-Line Select|PHEV"),
        _model("Bronco Sport", "3FM", "suv", 35, "Big Bend|Badlands", since=2021),
        _model("Mustang", "1FA", "car", 42, "EcoBoost® Fastback|GT Premium|Dark Horse"),
        _model("Maverick", "3FT", "truck", 31, "XL|XLT|Lariat", fuel="hybrid", since=2022),
        _model("Transit-250", "1FT", "van", 53, 'Base 148" Med Rf|High Roof', since=2015),
    ),
    _of(
        "Lincoln",
        _model("Aviator", "5LM", "suv", 64, "Premiere|Reserve|Lincoln Black Label Aviator®", since=2020),
        _model("Corsair", "5LM", "suv", 44, "Premiere|Reserve|Grand Touring", since=2020),
        _model("Nautilus", "2LM", "suv", 55, "Premiere|Reserve", fuel="hybrid", since=2019),
        _model("Navigator", "5LM", "suv", 96, "Reserve|Black Label L"),
    ),
    _of(
        "Chevrolet",
        _model("Silverado 1500", "3GC", "truck", 54, "WT|LT|RST|High Country", since=2007),
        _model("Equinox", "3GN", "suv", 32, "LT|RS|ACTIV", since=2018),
        _model("Trax", "KL7", "suv", 24, "LS|LT|2RS", since=2013),
        _model("Tahoe", "1GN", "suv", 68, "LT|RST|Z71"),
        _model("Corvette", "1G1", "car", 79, "1LT|2LT|3LT Z51"),
    ),
    _of(
        "Buick",
        _model("Enclave", "5GA", "suv", 49, "Preferred|Sport Touring|Avenir", since=2008),
        _model("Envision", "LRB", "suv", 39, "Preferred|AWD 4dr Sport Touring|Avenir", since=2016),
        _model("Encore GX", "KL4", "suv", 29, "Preferred|Sport Touring", since=2020),
    ),
    _of(
        "GMC",
        _model("Sierra 1500", "3GT", "truck", 57, "Pro|SLE|Elevation|AT4|Denali", since=2007),
        _model("Acadia", "1GK", "suv", 46, "Elevation|Denali", since=2007),
        _model("Terrain", "3GK", "suv", 33, "SLE|SLT|AT4", since=2018),
        _model("Yukon XL", "1GK", "suv", 77, "SLT|Denali Ultimate"),
    ),
    _of(
        "Cadillac",
        _model("Escalade", "1GY", "suv", 94, "Luxury|Premium Luxury Platinum"),
        _model("XT5", "1GY", "suv", 48, "Luxury|Premium Luxury|Sport", since=2017),
        _model("CT5", "1G6", "car", 49, "Luxury|V-Series", since=2020),
        _model("LYRIQ", "1GY", "suv", 62, "Tech|Sport 3", fuel="electric", since=2023),
    ),
    _of(
        "Porsche",
        _model("Macan", "WP1", "suv", 66, "Base|S|4", since=2015),
        _model("Cayenne", "WP1", "suv", 88, "Base|S|E-Hybrid Coupe"),
        _model("911", "WP0", "car", 132, "Carrera|Carrera S|GT3 RS"),
    ),
    _of(
        "Volvo",
        _model("XC90", "YV4", "suv", 61, "B5 Core|B6 Plus|Recharge Ultimate"),
        _model("XC60", "YV4", "suv", 51, "B5 Core|B5 Plus Black Edition", since=2010),
        _model("S60", "7JR", "car", 45, "B5 Core|B5 Plus", since=2019),
    ),
    _of("Bentley", _model("Continental GT", "SCB", "car", 262, "V8|Speed|Mulliner")),
    _of(
        "Rolls-Royce",
        _model("Ghost", "SCA", "car", 362, "Base|Black Badge", since=2010),
        _model("Phantom", "SCA", "car", 518, "Base|Extended"),
    ),
    _of("Ferrari", _model("296 GTB", "ZFF", "car", 388, "Base|Assetto Fiorano", since=2022)),
    _of("Lamborghini", _model("Urus", "ZPB", "suv", 252, "S|Performante", since=2019)),
    _of("McLaren", _model("750S", "SBM", "car", 356, "Coupe|Spider", since=2024)),
    _of("Aston Martin", _model("DB12", "SCF", "car", 264, "Coupe|Volante", since=2024)),
    _of("Volkswagen", _model("Tiguan", "3VV", "suv", 31, "2.0T S|2.0T SE R-Line", since=2018)),
    _of("Mazda", _model("CX-5", "JM3", "suv", 31, "2.5 S Select|2.5 Turbo", since=2013)),
    _of("Subaru", _model("Outback", "4S4", "suv", 33, "Premium|Limited XT")),
    _of("Tesla", _model("Model 3", "5YJ", "car", 41, "Long Range|Performance", fuel="electric", since=2018)),
    _of("Acura", _model("MDX", "5J8", "suv", 54, "Technology|A-Spec", since=2014)),
)

MODELS: dict[str, tuple[Model, ...]] = {models[0].make: models for models in _ALL}

EXOTIC = ("Bentley", "Rolls-Royce", "Ferrari", "Lamborghini", "McLaren", "Aston Martin")
# What people trade in anywhere; a lot without a franchise draws from these alone.
TRADE_INS = tuple(make for make in MODELS if make not in EXOTIC)

# A make as the sites write it besides its own name; each dealership keeps to one of them.
MAKE_SPELLINGS: dict[str, tuple[str, ...]] = {
    "Hyundai": ("HYUNDAI", "Hyundai"),
    "Ram": ("RAM", "Ram"),
    "Chevrolet": ("Chevrolet", "Chevrolet", "CHEVROLET"),
    "Land Rover": ("Land Rover", "LAND ROVER"),
    "Jaguar": ("Jaguar", "JAGUAR"),
    "Cadillac": ("Cadillac", "CADILLAC"),
    "Toyota": ("Toyota", "Toyota", "TOYOTA"),
}

# What somebody typed in its place, once in a while.
ODD_MAKE_SPELLINGS = {"Chevrolet": "CHEV", "Dodge": "DODGE TRUCK"}

COLOURS = (
    *("White", "Black", "Gray", "Silver", "Blue", "Red"),
    *("Harbor White", "Cinder Black Metallic", "Prairie Gray Pearl", "Quarry Silver Metallic"),
    *("Deepwater Blue Pearl", "Ember Red Metallic Tinted Clearcoat", "Mesa Bronze", "Lichen Green"),
    *("Frosted Pearl White Tri-Coat", "Obsidian Night Pearl", "Steel Dusk Clearcoat", "Copper Ridge"),
)
# Paint names with what the sites' editors leave in them.
DIRTY_COLOURS = (
    "Glacier Pearl <sup>1</sup>",
    "Harbor White / Jet Black roof <sup>1</sup>",
    "<b>Ember Red</b> Metallic",
    "Quarry Silver – Extra Cost",
    "Robin’s Wing Blue",
)


def makes_for(name: str) -> tuple[str, ...]:
    """The makes a dealership of this name sells new, in the order of the name.

    () when the name holds no make: such a lot sells used cars of any make.
    """
    words = name.casefold()
    if "indigo" in words:
        return EXOTIC
    found = [
        (match.start(), make) for make in MODELS if (match := re.search(rf"\b{re.escape(make.casefold())}\b", words))
    ]
    return tuple(make for _, make in sorted(found))
