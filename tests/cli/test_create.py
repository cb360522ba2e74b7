"""Renting with the published command: choices, offers, prices, and every way of being refused."""

import pytest

from tests.accounts.key_texts import public_text
from tests.cli.terminal import Run, Terminal
from tests.stack import Customer, Stack

CREATE = ("instance", "rented", "create", "-p", "Amazon")
T4 = (*CREATE, "-g", "T4")
COUNT, DISK, OFFER = "Number of GPUs (1, 4): ", "Disk size in GB (100, 200): ", "Offer #: "


@pytest.fixture
def renter(customer: Customer) -> Customer:
    """A customer with a key."""
    customer.add_key(public_text("ed25519"))
    return customer


def rented(customer: Customer) -> dict[str, str]:
    """Offers of the account's rentals, by name."""
    page = customer.stack.services.rentals.page(customer.account_id, None, 100)
    return {rental.name: rental.offer.offer_id for rental in page.rentals}


def table(run: Run) -> list[str]:
    """Lines of tables, blanks apart."""
    return ["".join(line.split()) for line in run.lines if line.startswith("║")]


def test_a_person_chooses_count_disk_and_offer(terminal: Terminal, renter: Customer) -> None:
    chosen = terminal.run(*T4, "-n", "trainer", answers={COUNT: "1", DISK: "200", OFFER: "2"})
    assert rented(renter) == {"trainer": "off_g4dn-4xlarge_us-east-1"}
    assert table(chosen) == [
        "║Offer#║ProviderandRegion║GPU║CPU║Disksize,GB║RAMsize,GB║Priceperhour║",
        "║1║Amazonus-east-1║1xT416GB║8vCPUINTEL║200║32║0.83USD║",
        "║2║Amazonus-east-1║1xT416GB║16vCPUINTEL║200║64║1.33USD║",
        "║3║Amazonus-east-1║1xT416GB║32vCPUINTEL║200║128║2.40USD║",
        "║ID║ProviderandRegion║GPU║CPU║Disksize,GB║RAMsize,GB║Priceperhour║",
        "║off_g4dn-4xlarge_us-east-1║Amazonus-east-1║1xT416GB║16vCPUINTEL║200║64║1.33USD║",
    ]
    (rental,) = renter.stack.services.rentals.page(renter.account_id, None, 10).rentals
    assert chosen.exit_code == 0
    assert chosen.lines[-1] == (
        f"Instance rental process initiated successfully. New instance rented ID: {rental.rental_id}"
    )


def test_only_what_is_open_is_asked_for_and_asking_rents_nothing(terminal: Terminal, renter: Customer) -> None:
    left = terminal.run(*T4, "-n", "trainer", "-ng", "4")
    assert "Selection is required for: Offer #" in left.output and "Number of GPUs" not in left.output
    assert left.exit_code == 1
    assert rented(renter) == {}


def test_by_force_the_cheapest_that_fits_is_rented(terminal: Terminal, renter: Customer) -> None:
    assert terminal.run(*T4, "-n", "any", "-f").exit_code == 0
    assert terminal.run(*T4, "-n", "larger", "-ds", "200", "-f").exit_code == 0
    assert terminal.run(*CREATE, "-g", "l40s", "-n", "four", "-ng", "4", "--force-yes").exit_code == 0
    assert rented(renter) == {
        "any": "off_g4dn-xlarge_us-east-1",
        "larger": "off_g4dn-2xlarge_us-east-1",
        "four": "off_g6e-12xlarge_us-east-1",
    }
    taken = terminal.run(*T4, "-n", "any")
    assert (taken.exit_code, taken.lines) == (1, ['Error: You already rent a server named "any". Choose another name.'])


def test_a_name_that_is_not_on_offer_is_answered_with_those_that_are(terminal: Terminal, renter: Customer) -> None:
    gpus = "Invalid GPU name. Valid GPU names: A100, A10G, H100, H200, L4, L40S, T4"
    asked = terminal.run(*CREATE, "-g", "T3", "-n", "trainer")
    assert (asked.exit_code, asked.lines) == (2, [f"Error: {gpus}"])
    forced = terminal.run("instance", "rented", "create", "-p", "Amazn", "-g", "T3", "-n", "trainer", "-f")
    provider = "Invalid provider name. Valid provider names: Amazon"
    assert (forced.exit_code, forced.lines) == (1, [f"Error: {provider}. {gpus}"])
    assert rented(renter) == {}


def test_a_name_that_is_not_fit_for_a_shell_is_refused(terminal: Terminal, renter: Customer) -> None:
    refused = terminal.run(*T4, "-n", "box;reboot", "-f")
    assert refused.exit_code == 1 and refused.output.startswith("Error: A name has 1 to 40 lower-case letters")
    assert rented(renter) == {}


def test_who_has_no_key_is_told_how_to_add_one(terminal: Terminal, customer: Customer) -> None:
    refused = terminal.run(*T4, "-n", "trainer")
    assert refused.lines == [
        "Error: Add an SSH key first: without one nobody can log in to the server. "
        "Type: thestage config upload-ssh-key ~/.ssh/id_ed25519.pub"
    ]


def test_too_little_money_is_said_before_anything_is_asked(terminal: Terminal, stack: Stack, renter: Customer) -> None:
    poor = stack.open(f"poor-{renter.email}", "0.50")
    poor.add_key(public_text("ed25519"))
    terminal.token = poor.token
    said = (
        "Error: Insufficient balance: one hour of everything you rent, with this, costs $0.58. Top up at least $0.08."
    )
    for run in (terminal.run(*T4, "-n", "trainer"), terminal.run(*T4, "-n", "trainer", "-f")):
        assert (run.exit_code, run.lines) == (1, [said])
    assert rented(poor) == {}


def test_who_has_not_verified_an_address_is_told_to(terminal: Terminal, stack: Stack, renter: Customer) -> None:
    newcomer = stack.open(f"new-{renter.email}", "1000.00", verified=False)
    terminal.token = newcomer.token
    said = "Error: Verify your e-mail address first: open the link in the e-mail that we sent you."
    for run in (terminal.run(*T4, "-n", "trainer"), terminal.run(*T4, "-n", "trainer", "-f")):
        assert (run.exit_code, run.lines) == (1, [said])
    assert terminal.run("instance", "rented", "ls").exit_code == 0
    assert rented(newcomer) == {}
