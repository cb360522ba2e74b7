"""One address is one user, and an address is nothing but an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynamodb.connection import Connection

from chalicelib.accounts.users import LONGEST_EMAIL, User, Users, normal_email
from chalicelib.adapters.dynamodb.users import DynamoUsers
from chalicelib.errors import Invalid, NotFound


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ada@example.com", "ada@example.com"),
        ("Ada.Lovelace+gpu@Example.CO.UK", "ada.lovelace+gpu@example.co.uk"),
        (" ada@example.com ", "ada@example.com"),
        ("o'brien@xn--bcher-kva.example", "o'brien@xn--bcher-kva.example"),
        ("a@b.xn--p1ai", "a@b.xn--p1ai"),
        (f"{'l' * 64}@example.com", f"{'l' * 64}@example.com"),
    ],
)
def test_addresses_are_compared_in_lower_case(text: str, address: str) -> None:
    assert normal_email(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "ada@@example.com",
        "ada@exa mple.com",
        "ada@example.com\n",
        "ada@example.com\r\nBcc: all@example.com",
        "ada\0@example.com",
        "ada@example..com",
        ".ada@example.com",
        "ada.@example.com",
        "a..b@example.com",
        "ada@-example.com",
        "ada@example-.com",
        "ada@127.0.0.1",
        "ada@[127.0.0.1]",
        '"ada"@example.com',
        "ada(comment)@example.com",
        "Ada <ada@example.com>",
        "ada@example.com,eve@example.com",
        "ada@exämple.com",
        "\u212aelvin@example.com",
        f"{'l' * 65}@example.com",
        f"ada@{'d' * 64}.com",
        "ada@" + ".".join(["d" * 60] * 5) + ".com",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        normal_email(text)
    assert (caught.value.field, caught.value.code) == ("email", "invalid_email")


@given(st.text() | st.from_regex(r"[ -~\r\n]{1,20}@[ -~\r\n]{1,20}\.[a-z\r\n]{1,5}"))
def test_what_passes_can_stand_in_a_header(text: str) -> None:
    try:
        address = normal_email(text)
    except Invalid:
        return
    assert address.isascii()
    assert address.isprintable()
    assert not set(address) & set(' ,;<>[]()"\\:')
    assert address.count("@") == 1
    assert len(address) <= LONGEST_EMAIL
    assert normal_email(address) == address


def test_a_user_may_rent_once_the_address_is_verified() -> None:
    user = User("user_1", "acct_1", "ada@example.com", "Ada", created_at=0)
    assert not user.email_verified
    assert User("user_1", "acct_1", "ada@example.com", "Ada", 0, email_verified_at=0).email_verified


def test_an_unknown_user_is_not_found(identity: Connection) -> None:
    users = Users(DynamoUsers(identity, "IdentityTable"))
    with pytest.raises(NotFound):
        users.get("user_nobody")
    with pytest.raises(NotFound):
        users.of_email("nobody@example.com")
    with pytest.raises(Invalid):
        users.of_email("nobody")
    assert users.of_account("acct_nobody") == ()
