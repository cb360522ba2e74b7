"""SSH keys, with the published command: from a file or typed, on the account and on a rented server."""

import pytest

from tests.accounts.key_texts import private_text, public_text
from tests.cli.terminal import Terminal
from tests.stack import COMING_UP_SECONDS, Customer, Stack

UPLOAD = ("config", "upload-ssh-key")
KEY = public_text("ed25519")
SECOND = public_text("p256")
NAME = "Provide a name for this key"


def keys_of(customer: Customer) -> dict[str, str]:
    """Keys on the account, by name."""
    return {key.name: key.canonical for key in customer.stack.services.keys.list(customer.account_id)}


def test_a_key_file_is_added_once_whatever_its_comment(terminal: Terminal, customer: Customer) -> None:
    file = terminal.write("id_ed25519.pub", f"{KEY} ada@laptop\n")
    added = terminal.run(*UPLOAD, str(file), answers={NAME: "my laptop"})
    assert (added.exit_code, added.lines[-1]) == (0, "Public key 'my laptop' added to your profile")
    assert keys_of(customer) == {"my laptop": KEY}
    again = terminal.run(*UPLOAD, f"{KEY} another comment")
    assert (again.exit_code, again.output.strip()) == (0, "Key already exists in your profile")
    assert keys_of(customer) == {"my laptop": KEY}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "This is a private key. It was not stored."),
        (f"{KEY}\n{SECOND}\n", "A key is one line without control characters"),
    ],
    ids=["private", "two"],
)
def test_what_is_no_good_key_is_refused_with_the_reason(
    terminal: Terminal, customer: Customer, text: str, said: str
) -> None:
    refused = terminal.run(*UPLOAD, str(terminal.write("some.pub", text)))
    assert refused.exit_code == 1
    assert refused.lines[-1].startswith("Error: ") and said in refused.output
    assert keys_of(customer) == {}


def test_a_private_key_does_not_leave_the_machine(terminal: Terminal, customer: Customer) -> None:
    file = terminal.write("id_ed25519", private_text("ed25519"))
    refused = terminal.run(*UPLOAD, str(file), answers={"probably contains a private key. Proceed?": "y"})
    assert refused.exit_code == 1
    assert "is identified as a private key" in refused.output
    assert keys_of(customer) == {}


def test_a_server_takes_a_further_key_when_it_starts_or_later(
    terminal: Terminal, customer: Customer, stack: Stack
) -> None:
    customer.add_key(KEY)
    launching = customer.rent("launching")
    early = terminal.run(*UPLOAD, SECOND, "-rn", "launching", answers={NAME: "second"})
    assert early.lines[-1] == (
        "Rented instance 'launching' status is 'Creating'. Key will be added as soon as it is back online."
    )
    stack.advance(COMING_UP_SECONDS)
    third = public_text("p384")
    late = terminal.run(*UPLOAD, third, "-rid", launching, answers={NAME: "third"})
    assert late.exit_code == 0
    assert late.lines[-1] == 'The key is queued: "launching" takes it with its next heartbeat.'
    rental = stack.services.rentals.get(customer.account_id, launching)
    assert rental.public_keys == (KEY, SECOND, third)
    unknown = terminal.run(*UPLOAD, KEY, "-rn", "nowhere")
    assert unknown.lines == ["Error: No rented instance was found with matching identifier"]
