"""An account opens whole, once for each address."""

import pytest

from chalicelib.accounts.opening import Opened, Opening
from chalicelib.accounts.principal import Principal
from chalicelib.accounts.tokens import Tokens
from chalicelib.accounts.users import Users
from chalicelib.adapters.dynamodb.identity import IdentityStore
from chalicelib.adapters.dynamodb.transaction import commit
from chalicelib.errors import Conflict, Invalid, LostRace
from chalicelib.ids import Ids, is_id
from tests.accounts.conftest import NOON
from tests.adapters.dynamodb.emulated import items


@pytest.fixture
def opening(store: IdentityStore, ids: Ids) -> Opening:
    return Opening(store, store, ids)


def carry_out(store: IdentityStore, opened: Opened) -> None:
    commit(store._connection, opened.writes)


def test_nothing_stands_before_the_writes_are_committed(opening: Opening) -> None:
    opened = opening.prepare("Ada@Example.com", NOON, verified=True)
    assert items("IdentityTable") == []
    assert len({write.target for write in opened.writes}) == len(opened.writes) == 5


def test_the_user_is_found_by_id_address_and_account(opening: Opening, store: IdentityStore) -> None:
    opened = opening.prepare("Ada@Example.com", NOON, verified=True)
    carry_out(store, opened)
    users, user = Users(store), opened.user
    assert is_id("user", user.user_id)
    assert is_id("acct", user.account_id)
    assert (user.email, user.name, user.email_verified_at) == ("ada@example.com", "ada", NOON)
    assert users.get(user.user_id) == user
    assert users.of_email("ADA@example.com") == user
    assert users.of_account(user.account_id) == (user,)


def test_the_first_token_speaks_for_the_user(opening: Opening, store: IdentityStore, ids: Ids) -> None:
    opened = opening.prepare("ada@example.com", NOON, verified=True)
    carry_out(store, opened)
    user, token = opened.user, opened.token.token
    caller = Tokens(store, ids).authenticate(opened.token.secret, NOON)
    assert caller == Principal(user.user_id, user.account_id, "ada@example.com", token_id=token.token_id)


def test_an_unverified_user_can_be_opened_and_named(opening: Opening) -> None:
    user = opening.prepare("ada@example.com", NOON, verified=False, name=" Ada Lovelace ").user
    assert (user.name, user.email_verified) == ("Ada Lovelace", False)


def test_a_taken_address_is_a_conflict_however_it_is_written(opening: Opening, store: IdentityStore) -> None:
    carry_out(store, opening.prepare("ada@example.com", NOON, verified=True))
    before = items("IdentityTable")
    with pytest.raises(Conflict) as caught:
        opening.prepare("ADA@EXAMPLE.COM", NOON + 1, verified=True)
    assert (caught.value.code, caught.value.field) == ("email_taken", "email")
    assert items("IdentityTable") == before


def test_of_two_at_once_one_gets_the_address_and_the_other_leaves_nothing(
    opening: Opening, store: IdentityStore
) -> None:
    one = opening.prepare("ada@example.com", NOON, verified=True)
    other = opening.prepare("ada@example.com", NOON, verified=True)
    carry_out(store, one)
    before = items("IdentityTable")
    with pytest.raises(LostRace):
        carry_out(store, other)
    assert items("IdentityTable") == before


@pytest.mark.parametrize(("email", "name"), [("no address", None), ("ada@example.com", "[Ada]")])
def test_bad_input_is_refused(opening: Opening, email: str, name: str | None) -> None:
    with pytest.raises(Invalid):
        opening.prepare(email, NOON, verified=True, name=name)
