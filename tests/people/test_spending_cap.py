"""Who has logged in may raise the spending cap and remove it. docs/rules.md, "Settings that protect"."""

from tests.people.browser import Browser

CAP = "/api/v1/spending-cap"


def test_somebody_who_has_logged_in_raises_and_removes_the_cap(browser: Browser) -> None:
    browser.arrive()
    assert browser.refused("PUT", CAP, {"cap": "5"}) == (409, "currency_not_chosen")
    browser.post("/api/v1/me/currency", {"currency": "USD"})
    for cap, shown in (("5", "5.000000"), ("7.5", "7.500000"), (None, None), ("1", "1.000000")):
        status, answer = browser.send("PUT", CAP, {"cap": cap})
        assert (status, answer["cap"]) == (200, shown)
    assert browser.get(CAP)["cap"] == "1.000000"
