"""A token opens the API while it is good, costs one read, and its secret is nowhere."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynamodb.connection import Connection

from chalicelib.accounts.tokens import (
    LONGEST_LIFE,
    ApiToken,
    Created,
    Principal,
    Refusal,
    TokenOrder,
    Tokens,
)
from chalicelib.adapters.dynamodb.tokens import DynamoTokens
from chalicelib.clock import HOUR
from chalicelib.errors import Conflict, Invalid, LostRace, NotFound, OutcomeUnknown, Unauthenticated, Unavailable
from chalicelib.ids import Ids, is_id
from tests.accounts.conftest import NOON
from tests.adapters.dynamodb.emulated import items, recorded

ORDER = TokenOrder("acct_1", "user_1", "ada@example.com", "Laptop")


@pytest.fixture
def store(identity: Connection) -> DynamoTokens:
    return DynamoTokens(identity, "IdentityTable")


@pytest.fixture
def tokens(store: DynamoTokens, ids: Ids) -> Tokens:
    return Tokens(store, ids)


def with_expiry(expires_at: int) -> TokenOrder:
    return ORDER._replace(expires_at=expires_at)


# Making one.


def test_a_new_token_is_described_and_its_secret_given_once(tokens: Tokens) -> None:
    created = tokens.create(with_expiry(NOON + HOUR), NOON)
    token = created.token
    assert is_id("tokn", token.token_id)
    assert (token.account_id, token.user_id, token.display_name) == ("acct_1", "user_1", "ada@example.com")
    assert (token.description, token.created_at, token.expires_at) == ("Laptop", NOON, NOON + HOUR)
    assert created.secret.startswith(token.prefix)
    assert len(token.prefix) == 13
    assert tokens.list("acct_1") == (token,)
    assert tokens.get("acct_1", token.token_id) == token


def test_the_secret_is_neither_kept_nor_shown(tokens: Tokens) -> None:
    created = tokens.create(ORDER, NOON)
    assert created.secret not in repr(created)
    assert created.secret not in str(items("IdentityTable"))
    assert created.secret[13:] not in str(items("IdentityTable"))
    assert created.token.secret_hash == hashlib.sha256(created.secret.encode()).hexdigest()


@pytest.mark.parametrize("expires_at", [0, NOON - 1, NOON, NOON + LONGEST_LIFE + 1, 10**18])
def test_an_expiry_is_in_the_future_and_within_ten_years(tokens: Tokens, expires_at: int) -> None:
    with pytest.raises(Invalid) as caught:
        tokens.create(with_expiry(expires_at), NOON)
    assert caught.value.field == "expires_at"
    assert items("IdentityTable") == []


def test_a_description_is_a_plain_name(tokens: Tokens) -> None:
    with pytest.raises(Invalid) as caught:
        tokens.create(ORDER._replace(description="a\nb"), NOON)
    assert caught.value.field == "description"


def test_an_account_has_only_so_many_usable_tokens(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.accounts.tokens.MOST_USABLE", 3)
    made = [tokens.create(ORDER, NOON) for _ in range(3)]
    with pytest.raises(Conflict) as caught:
        tokens.create(ORDER, NOON)
    assert caught.value.code == "too_many_tokens"
    tokens.disable("acct_1", made[0].token.token_id, NOON)
    tokens.create(ORDER, NOON)
    tokens.create(ORDER._replace(account_id="acct_2"), NOON)
    assert len(tokens.list("acct_1")) == 4


# Using one.


def test_a_good_token_says_who_calls(tokens: Tokens) -> None:
    created = tokens.create(ORDER, NOON)
    wanted = Principal("user_1", "acct_1", "ada@example.com", token_id=created.token.token_id)
    assert tokens.authenticate(created.secret, NOON) == wanted


def test_a_token_is_good_until_the_second_before_it_expires(tokens: Tokens) -> None:
    created = tokens.create(with_expiry(NOON + 10), NOON)
    tokens.authenticate(created.secret, NOON + 9)
    with pytest.raises(Unauthenticated) as caught:
        tokens.authenticate(created.secret, NOON + 10)
    assert caught.value.code == "token_expired"


def test_a_disabled_token_is_refused_at_once_and_for_good(tokens: Tokens) -> None:
    created = tokens.create(ORDER, NOON)
    disabled = tokens.disable("acct_1", created.token.token_id, NOON + 5)
    assert disabled.disabled_at == NOON + 5
    with pytest.raises(Unauthenticated) as caught:
        tokens.authenticate(created.secret, NOON + 5)
    assert caught.value.code == "token_disabled"
    assert caught.value.message == "Authentication failed: the token has been disabled. Make another."
    assert tokens.disable("acct_1", created.token.token_id, NOON + 9).disabled_at == NOON + 5


@pytest.mark.parametrize("secret", ["", "garbage", "tsai_api_" + "0" * 42, "Bearer x", "\ud800", "é" * 51])
def test_garbage_costs_no_read(tokens: Tokens, store: DynamoTokens, secret: str) -> None:
    with recorded(store._connection) as calls, pytest.raises(Unauthenticated) as caught:
        tokens.authenticate(secret, NOON)
    assert calls == []
    assert caught.value.code == "token_unknown"
    assert caught.value.message.endswith("the token is not known. Copy it again, or make another.")


def test_a_well_formed_token_that_nobody_made_is_unknown(tokens: Tokens) -> None:
    assert tokens.look_up(Ids().api_token(), NOON) is Refusal.UNKNOWN


def test_authenticating_is_one_consistent_read_and_an_hourly_write(tokens: Tokens, store: DynamoTokens) -> None:
    created = tokens.create(ORDER, NOON)
    for now, wanted in [
        (NOON, ["GetItem", "UpdateItem"]),
        (NOON + 1, ["GetItem"]),
        (NOON + HOUR - 1, ["GetItem"]),
        (NOON + HOUR, ["GetItem", "UpdateItem"]),
    ]:
        with recorded(store._connection) as calls:
            tokens.authenticate(created.secret, now)
        assert [operation for operation, _ in calls] == wanted
        assert calls[0][1]["ConsistentRead"] is True


def test_last_use_is_told_to_the_hour(tokens: Tokens) -> None:
    created = tokens.create(ORDER, NOON)
    tokens.authenticate(created.secret, NOON + HOUR + 1234)
    assert tokens.get("acct_1", created.token.token_id).last_used_at == NOON + HOUR


def test_last_use_never_goes_back(tokens: Tokens, store: DynamoTokens) -> None:
    created = tokens.create(ORDER, NOON)
    store.record_use(created.token, NOON + HOUR)
    with pytest.raises(LostRace):
        store.record_use(created.token, NOON)
    tokens.authenticate(created.secret, NOON)
    assert tokens.get("acct_1", created.token.token_id).last_used_at == NOON + HOUR


@pytest.mark.parametrize("failure", [LostRace(), OutcomeUnknown(), Unavailable("busy")])
def test_a_use_that_cannot_be_recorded_turns_nobody_away(
    tokens: Tokens, store: DynamoTokens, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    created = tokens.create(ORDER, NOON)
    monkeypatch.setattr(store, "record_use", raising(failure))
    assert tokens.authenticate(created.secret, NOON).token_id == created.token.token_id


def test_reasons_fit_into_sentences_and_markup_of_clients() -> None:
    for refusal in Refusal:
        assert refusal.reason.isprintable()
        assert not set(refusal.reason) & set("[]<>.")


# Listing and disabling.


def test_disabled_and_expired_tokens_stay_listed_newest_first(tokens: Tokens) -> None:
    first = tokens.create(with_expiry(NOON + 2), NOON).token
    second = tokens.create(ORDER, NOON + 1).token
    third = tokens.create(ORDER, NOON + 2).token
    tokens.disable("acct_1", second.token_id, NOON + 3)
    assert [token.token_id for token in tokens.list("acct_1")] == [third.token_id, second.token_id, first.token_id]
    assert [token.refusal(NOON + 3) for token in tokens.list("acct_1")] == [None, Refusal.DISABLED, Refusal.EXPIRED]


def test_tokens_of_others_are_not_found(tokens: Tokens) -> None:
    theirs = tokens.create(ORDER._replace(account_id="acct_2"), NOON).token
    assert tokens.list("acct_1") == ()
    with pytest.raises(NotFound):
        tokens.get("acct_1", theirs.token_id)
    with pytest.raises(NotFound):
        tokens.disable("acct_1", theirs.token_id, NOON)
    assert tokens.get("acct_2", theirs.token_id).disabled_at is None


def test_disabling_changes_one_attribute(tokens: Tokens, store: DynamoTokens) -> None:
    token = tokens.create(ORDER, NOON).token
    with recorded(store._connection) as calls:
        tokens.disable("acct_1", token.token_id, NOON)
    operation, parameters = calls[-1]
    assert operation == "UpdateItem"
    assert list(parameters["ExpressionAttributeNames"].values()).count("disabled_at") == 1
    assert tokens.get("acct_1", token.token_id) == token._replace(disabled_at=NOON)


# Answers that never came.


def test_a_creation_without_an_answer_is_looked_up(
    tokens: Tokens, store: DynamoTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = store.add

    def lose_the_answer(token: ApiToken) -> None:
        add(token)
        raise OutcomeUnknown

    monkeypatch.setattr(store, "add", lose_the_answer)
    created: Created = tokens.create(ORDER, NOON)
    tokens.authenticate(created.secret, NOON)
    monkeypatch.setattr(store, "add", raising(OutcomeUnknown()))
    with pytest.raises(Unavailable):
        tokens.create(ORDER, NOON)
    assert len(tokens.list("acct_1")) == 1


def test_a_disabling_without_an_answer_is_looked_up(
    tokens: Tokens, store: DynamoTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tokens.create(ORDER, NOON).token
    disable = store.disable
    monkeypatch.setattr(store, "disable", raising(OutcomeUnknown()))
    with pytest.raises(Unavailable):
        tokens.disable("acct_1", token.token_id, NOON)

    def lose_the_race(token: ApiToken, moment: int) -> None:
        disable(token, moment - 1)
        raise LostRace

    monkeypatch.setattr(store, "disable", lose_the_race)
    assert tokens.disable("acct_1", token.token_id, NOON).disabled_at == NOON - 1


# The pure part, at any time.

moments = st.integers(0, 4 * 10**9)


@given(st.none() | moments, st.none() | moments, moments)
def test_a_token_is_good_from_its_making_to_the_first_end(
    expires_at: int | None, disabled_at: int | None, now: int
) -> None:
    token = bare(expires_at=expires_at, disabled_at=disabled_at)
    expected = disabled_at is None and (expires_at is None or now < expires_at)
    assert (token.refusal(now) is None) == expected


@given(moments, moments)
def test_one_write_an_hour_at_most(last: int, now: int) -> None:
    recorded_hour = bare().use_to_record(last)
    assert recorded_hour is not None
    assert recorded_hour % HOUR == 0
    assert 0 <= last - recorded_hour < HOUR
    again = bare(last_used_at=recorded_hour).use_to_record(now)
    assert (again is not None) == (now // HOUR > last // HOUR)


def bare(*, expires_at: int | None = None, disabled_at: int | None = None, last_used_at: int | None = None) -> ApiToken:
    return ApiToken(
        "tokn_1", "acct_1", "user_1", "ada", "x", "tsai_api_0000", "hash", 0, expires_at, disabled_at, last_used_at
    )


def raising(failure: Exception):  # type: ignore[no-untyped-def]
    def fail(*_: object) -> None:
        raise failure

    return fail
