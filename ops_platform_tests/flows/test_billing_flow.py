"""The VINs of an order as people send it; the sheet itself is tested through `ops vehicles billing`."""

from __future__ import annotations

from ops_platform.flows.vehicles.billing import vins_in


def test_the_vins_of_an_order_are_found_in_a_mail_a_list_and_a_sheet() -> None:
    mail = "Hi, please print WBA53BJ0XPCM12345 and\n1tst0zz9xk1234567, thanks.\n"
    sheet = "VIN,STOCK\nWBA53BJ0XPCM12345,A1\n\n1TST0ZZ9XK1234567,A2\n"
    assert vins_in(mail) == ["WBA53BJ0XPCM12345", "1tst0zz9xk1234567"]
    assert vins_in(sheet) == ["WBA53BJ0XPCM12345", "1TST0ZZ9XK1234567"]


def test_longer_and_shorter_words_are_no_vins() -> None:
    assert vins_in("WBA53BJ0XPCM123451 WBA53BJ0XPCM1234 https://x.example/a-WBA53BJ0XPCM12345/") == [
        "WBA53BJ0XPCM12345"
    ]
