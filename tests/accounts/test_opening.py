"""An account opens whole, once for each address."""

import pytest
from pynamodb.connection import Connection

from chalicelib.accounts.opening import Opening
from chalicelib.accounts.principal import Principal
from chalicelib.accounts.tokens import Tokens
from chalicelib.accounts.users import Users
from chalicelib.adapters.dynamodb.tokens import DynamoTokens
from chalicelib.adapters.dynamodb.transaction import commit
from chalicelib.adapters.dynamodb.users import DynamoUsers
from chalicelib.errors import Conflict, Invalid, LostRace
from chalicelib.ids import Ids, is_id
from tests.accounts.conftest import NOON
from tests.adapters.dynamodb.emulated import items


@pytest.fixture
def users(identity: Connection) -> DynamoUsers:
    return DynamoUsers(identity, "IdentityTable")


@pytest.fixture
def tokens(identity: Connection) -> DynamoTokens:
    return DynamoTokens(identity, "IdentityTable")


@pytest.fixture
def opening(users: DynamoUsers, tokens: DynamoTokens, ids: Ids) -> Opening:
    return Opening(users, tokens, ids)


def test_nothing_stands_before_the_writes_are_committed(opening: Opening) -> None:
    opened = opening.prepare("Ada@Example.com", NOON, verified=True)
    assert items("IdentityTable") == []
    assert len({write.target for write in opened.writes}) == len(opened.writes) == 6


def test_the_user_is_found_by_id_address_and_account(
    opening: Opening, users: DynamoUsers, identity: Connection
) -> None:
    opened = opening.prepare("Ada@Example.com", NOON, verified=True)
    commit(identity, opened.writes)
    found, user = Users(users), opened.user
    assert is_id("user", user.user_id)
    assert is_id("acct", user.account_id)
    assert (user.email, user.name, user.email_verified_at) == ("ada@example.com", "ada", NOON)
    assert found.get(user.user_id) == user
    assert found.of_email("ADA@example.com") == user
    assert found.of_account(user.account_id) == (user,)


def test_the_first_token_speaks_for_the_user(
    opening: Opening, tokens: DynamoTokens, identity: Connection, ids: Ids
) -> None:
    opened = opening.prepare("ada@example.com", NOON, verified=True)
    commit(identity, opened.writes)
    user, token = opened.user, opened.token.token
    caller = Tokens(tokens, ids).authenticate(opened.token.secret, NOON)
    assert caller == Principal(user.user_id, user.account_id, "ada@example.com", token_id=token.token_id)


def test_an_unverified_user_can_be_opened_and_named(opening: Opening) -> None:
    user = opening.prepare("ada@example.com", NOON, verified=False, name=" Ada Lovelace ").user
    assert (user.name, user.email_verified) == ("Ada Lovelace", False)


def test_a_taken_address_is_a_conflict_however_it_is_written(opening: Opening, identity: Connection) -> None:
    commit(identity, opening.prepare("ada@example.com", NOON, verified=True).writes)
    before = items("IdentityTable")
    with pytest.raises(Conflict) as caught:
        opening.prepare("ADA@EXAMPLE.COM", NOON + 1, verified=True)
    assert (caught.value.code, caught.value.field) == ("email_taken", "email")
    assert items("IdentityTable") == before


def test_of_two_at_once_one_gets_the_address_and_the_other_leaves_nothing(
    opening: Opening, identity: Connection
) -> None:
    one = opening.prepare("ada@example.com", NOON, verified=True)
    other = opening.prepare("ada@example.com", NOON, verified=True)
    commit(identity, one.writes)
    before = items("IdentityTable")
    with pytest.raises(LostRace):
        commit(identity, other.writes)
    assert items("IdentityTable") == before


@pytest.mark.parametrize(("email", "name"), [("no address", None), ("ada@example.com", "[Ada]")])
def test_bad_input_is_refused(opening: Opening, email: str, name: str | None) -> None:
    with pytest.raises(Invalid):
        opening.prepare(email, NOON, verified=True, name=name)
