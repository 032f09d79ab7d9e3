"""Makes: how they are written, and which ones a VIN's first three characters allow.

What belongs here: the two tables and their look-ups. What does not: VIN arithmetic (vehicles.vin).

Facts: the manufacturer identifiers were compared with 11,935 well-formed VINs of real scrapes; identifiers
that one group uses for several makes (Chrysler, Dodge, Jeep, Ram) allow all of them, and an identifier that
is not listed allows everything. Only a sure contradiction is worth a person's time.
"""

from __future__ import annotations

from typing import Final

from ops_platform.core.text import fold_key

_AS_WRITTEN: Final = (
    "Acura, Alfa Romeo, Aston Martin, Audi, Bentley, BMW, Bugatti, Buick, Cadillac, Chevrolet, "
    "Chrysler, Dodge, Ferrari, FIAT, Fisker, Ford, Genesis, GMC, Honda, HUMMER, Hyundai, INEOS, "
    "INFINITI, Isuzu, Jaguar, Jeep, Karma, Kia, Koenigsegg, Lamborghini, Land Rover, Lexus, Lincoln, "
    "Lotus, Lucid, Maserati, Maybach, Mazda, McLaren, Mercedes-Benz, Mercury, MINI, Mitsubishi, Nissan, "
    "Oldsmobile, Pagani, Plymouth, Polestar, Pontiac, Porsche, Ram, Rimac, Rivian, Rolls-Royce, Saab, "
    "Saturn, Scion, smart, Subaru, Suzuki, Tesla, Toyota, Volkswagen, Volvo"
)
_OTHER_SPELLINGS: Final = {
    "Chev": "Chevrolet",
    "Chevy": "Chevrolet",
    "Chevrolet Truck": "Chevrolet",
    "Dodge Truck": "Dodge",
    "Dodge Ram": "Ram",
    "Ram Truck": "Ram",
    "Ford Truck": "Ford",
    "GMC Truck": "GMC",
    "Infinity": "INFINITI",
    "Mercedes": "Mercedes-Benz",
    "Mini Cooper": "MINI",
    "Rolls": "Rolls-Royce",
    "VW": "Volkswagen",
}
_CANONICAL: Final = {fold_key(make): make for make in _AS_WRITTEN.split(", ")} | {
    fold_key(spelling): make for spelling, make in _OTHER_SPELLINGS.items()
}

# Makes that share identifiers -> the identifiers.
_IDENTIFIERS: Final = {
    "Acura, Honda": ("19U 19X 1HG 2HG 2HJ 2HK 2HN 3CZ 3GP 3HG 5FN 5FP 5FR 5FS 5J6 5J7 5J8 7FA JH4 JHL JHM SHH SHS"),
    "Alfa Romeo": "ZAR",
    "Aston Martin": "SCF SD7",
    "Audi": "TRU WA1 WAU WU1 WUA",
    "Bentley": "SCB SJA",
    "BMW": "3MF 3MW 4US 5UM 5UX 5YM WB5 WBA WBS WBX WBY",
    "Buick": "1G4 2G4 5GA KL4 LRB W04",
    "Cadillac": "1G6 1GY 2G6 3GY",
    "Chevrolet": "1G1 1GB 1GC 1GN 2G1 2GC 2GN 3G1 3GC 3GN KL1 KL7 KL8",
    "Chrysler, Dodge, FIAT, Jeep, Plymouth, Ram": (
        "1B3 1B4 1B7 1C3 1C4 1C6 1C8 1D3 1D4 1D7 1D8 1J4 1J8 2A3 2A4 2A8 2B3 2C3 2C4 2C8 2D4 2D7 2D8 3A4 "
        "3A8 3B7 3C3 3C4 3C6 3C7 3C8 3D4 3D7 ZAC"
    ),
    "Ferrari": "ZFF",
    "Ford, Lincoln, Mercury": (
        "1FA 1FB 1FC 1FD 1FM 1FT 1L1 1LN 1ME 2FA 2FM 2FT 2LM 2ME 2MR 3FA 3FM 3FT 3LN 3ME 4M2 5LM 5LT MAJ NM0"
    ),
    "Genesis, Hyundai, Kia": "3KM 3KP 5NM 5NP 5NT 5XX 5XY 7YA KM8 KMH KMT KMU KNA KND",
    "GMC, HUMMER": "1GD 1GK 1GT 2GK 2GT 3GK 3GT",
    "INFINITI, Nissan": "1N4 1N6 3N1 3N8 3PC 5BZ 5N1 5N3 JN1 JN8 JNK JNR KNM",
    "Jaguar, Land Rover": "SAD SAJ SAL",
    "Lamborghini": "ZHW ZPB",
    "Lexus, Scion, Subaru, Toyota": (
        "1NX 2T1 2T2 2T3 4T1 4T3 4T4 58A 5TB 5TD 5TE 5TF 5YF 7MU 7SV JTD JTE JTF JTH JTJ JTK JTL JTM JTN VNK"
    ),
    "Maserati": "ZAM ZN6",
    "Mazda": "1YV 3MV 4F2 4F4 7MM JM1 JM3",
    "McLaren": "SBM",
    "Mercedes-Benz, Maybach": "4JG 55S W1K W1N WDB WDC WDD",
    "MINI": "WMW WMZ",
    "Mitsubishi": "4A3 4A4 JA3 JA4 ML3",
    "Polestar, Volvo": "7JD 7JR LPS LVY LYV YSM YV1 YV4",
    "Pontiac": "1G2 2G2",
    "Porsche": "WP0 WP1",
    "Rimac": "V39",
    "Rivian": "7FC 7PD",
    "Rolls-Royce": "SCA SLA",
    "Scion, Subaru, Toyota": "4S3 4S4 JF1 JF2",
    "Tesla": "5YJ 7SA LRW XP7",
    "Volkswagen": "1V2 1VW 3VV 3VW WV1 WV2 WVG WVW",
}
_MAKES_OF: Final = {
    identifier: frozenset(makes.split(", "))
    for makes, identifiers in _IDENTIFIERS.items()
    for identifier in identifiers.split()
}


def canonical_make(text: str) -> str:
    """Return a make as its maker writes it (HYUNDAI -> Hyundai, CHEV -> Chevrolet), else unchanged."""
    return _CANONICAL.get(fold_key(text), text)


def contradicts(identifier: str, make: str) -> bool:
    """Return whether a VIN's first three characters surely belong to another make than `make`."""
    allowed = _MAKES_OF.get(identifier)
    known = _CANONICAL.get(fold_key(make))
    return allowed is not None and known is not None and known not in allowed
