"""What every store of people's log-ins does. Each test makes its own users, so that a class can share its tables."""

from dataclasses import replace
from itertools import count

import pytest

from chalicelib.accounts.credentials import Credentials
from chalicelib.accounts.links import Link, Purpose
from chalicelib.accounts.principal import Client
from chalicelib.accounts.sessions import Session
from chalicelib.accounts.throttle import Tries
from chalicelib.accounts.users import User
from chalicelib.bootstrap import Services
from chalicelib.errors import LostRace

NOW = 2_000_000_000
"""Later than any clock: an engine that deletes what has expired leaves it alone."""
_numbers = count(1)


def new_id(kind: str) -> str:
    return f"{kind}_{next(_numbers):020}"


def a_session(user_id: str, began_at: int = NOW) -> Session:
    session_id = new_id("sess")
    client = Client("192.0.2.1", "Firefox")
    who = (user_id, "acct_1", "ada@example.com")
    return Session(session_id, f"hash of {session_id}", *who, client, began_at, began_at)


class PeopleContract:
    """On the stores that a fixture `services` has."""

    # Sessions.

    def test_a_session_is_found_by_its_hash_and_by_its_user(self, services: Services) -> None:
        store, user_id = services.sessions.store, new_id("user")
        older, newer = a_session(user_id), a_session(user_id, NOW + 1)
        for session in (newer, older):
            services.decisions.commit(store.beginning(session))
        assert store.session(older.secret_hash) == older
        assert store.sessions(user_id) == (older, newer)
        assert store.sessions(new_id("user")) == ()
        assert store.session("no hash") is None

    def test_a_session_that_ended_is_gone_everywhere_and_can_end_again(self, services: Services) -> None:
        store, user_id = services.sessions.store, new_id("user")
        sessions = [a_session(user_id) for _ in range(3)]
        for session in sessions:
            services.decisions.commit(store.beginning(session))
        store.end(sessions[:2])
        store.end(sessions[:2])
        assert store.sessions(user_id) == (sessions[2],)
        assert store.session(sessions[0].secret_hash) is None

    def test_more_sessions_than_a_transaction_holds_can_end(self, services: Services) -> None:
        store, user_id = services.sessions.store, new_id("user")
        sessions = [a_session(user_id) for _ in range(52)]
        for session in sessions:
            services.decisions.commit(store.beginning(session))
        store.end(sessions)
        assert store.sessions(user_id) == ()

    def test_a_use_is_recorded_unless_the_session_has_ended(self, services: Services) -> None:
        store, session = services.sessions.store, a_session(new_id("user"))
        services.decisions.commit(store.beginning(session))
        store.record_use(session, NOW + 600)
        assert store.session(session.secret_hash) == replace(session, seen_at=NOW + 600)
        store.end([session])
        with pytest.raises(LostRace):
            store.record_use(session, NOW + 1200)
        assert store.session(session.secret_hash) is None

    # Throttles.

    def test_a_try_is_counted_on_what_was_read(self, services: Services) -> None:
        store, key = services.throttle.store, new_id("key")
        first, second = Tries(key, 1, NOW, NOW + 60), Tries(key, 2, NOW + 1, NOW + 90)
        store.count(None, first)
        with pytest.raises(LostRace):
            store.count(None, first)
        store.count(first, second)
        with pytest.raises(LostRace):
            store.count(first, replace(second, count=3))
        assert store.tries(key) == second

    def test_a_forgotten_counter_is_gone_and_can_be_forgotten_again(self, services: Services) -> None:
        store, key = services.throttle.store, new_id("key")
        store.count(None, Tries(key, 1, NOW, NOW + 60))
        store.forget(key)
        store.forget(key)
        assert store.tries(key) is None

    # Credentials.

    def test_credentials_come_back_as_they_were_with_the_next_version(self, services: Services) -> None:
        store, user_id = services.credentials_store, new_id("user")
        bare = Credentials(user_id)
        services.decisions.commit(store.replacing(None, bare))
        assert store.credentials(user_id) == replace(bare, version=1)
        full = Credentials(
            user_id, "hash", "link_1", "link_2", None, "sealed", NOW, NOW // 30, ("00", "ff"), version=1,
        )  # fmt: skip
        services.decisions.commit(store.replacing(replace(bare, version=1), full))
        assert store.credentials(user_id) == replace(full, version=2)
        emptied = replace(bare, version=2)
        services.decisions.commit(store.replacing(replace(full, version=2), emptied))
        assert store.credentials(user_id) == replace(bare, version=3), "nothing of what was there before is left"

    def test_of_two_who_read_the_same_credentials_one_writes(self, services: Services) -> None:
        store, user_id = services.credentials_store, new_id("user")
        services.decisions.commit(store.replacing(None, Credentials(user_id)))
        with pytest.raises(LostRace):
            services.decisions.commit(store.replacing(None, Credentials(user_id)))
        read = store.credentials(user_id)
        assert read is not None
        services.decisions.commit(store.replacing(read, read))
        with pytest.raises(LostRace):
            services.decisions.commit(store.replacing(read, replace(read, password_hash="late")))
        with pytest.raises(LostRace):
            services.decisions.commit(store.removing(read))

    def test_removed_credentials_are_gone(self, services: Services) -> None:
        store, user_id = services.credentials_store, new_id("user")
        services.decisions.commit(store.replacing(None, Credentials(user_id, google_subject=f"https://g {user_id}")))
        read = store.credentials(user_id)
        assert read is not None
        services.decisions.commit(store.removing(read))
        assert store.credentials(user_id) is None
        services.decisions.commit(store.replacing(None, read))

    # Links.

    @pytest.mark.parametrize("purpose", Purpose)
    def test_a_link_comes_back_as_it_was(self, services: Services, purpose: Purpose) -> None:
        store = services.links.store
        link = Link(new_id("link"), purpose, "user_1", "ada@example.com", NOW, "hash")
        services.decisions.commit(store.sending(link))
        assert store.link(link.link_id) == link
        assert store.link(new_id("link")) is None

    def test_a_link_is_used_up_once_and_keeps_no_password(self, services: Services) -> None:
        store = services.links.store
        link = Link(new_id("link"), Purpose.VERIFY_EMAIL, "user_1", "ada@example.com", NOW, "hash")
        services.decisions.commit(store.sending(link))
        services.decisions.commit(store.using(link, NOW + 1))
        assert store.link(link.link_id) == replace(link, used_at=NOW + 1, password_hash=None)
        with pytest.raises(LostRace):
            services.decisions.commit(store.using(link, NOW + 2))

    def test_a_link_that_was_never_sent_can_not_be_used(self, services: Services) -> None:
        link = Link(new_id("link"), Purpose.VERIFY_EMAIL, "user_1", "ada@example.com", NOW)
        with pytest.raises(LostRace):
            services.decisions.commit(services.links.store.using(link, NOW))
        assert services.links.store.link(link.link_id) is None

    # Users.

    def test_the_claim_on_an_address_moves_with_its_owner(self, services: Services) -> None:
        store, ada, grace = services.users_store, self._user(services), self._user(services)
        moved = replace(ada, email=f"new-{ada.email}", name="Countess")
        services.decisions.commit(store.replacing(ada, moved))
        assert store.user_of_email(moved.email) == store.user(ada.user_id) == moved
        assert store.user_of_email(ada.email) is None
        with pytest.raises(LostRace):
            services.decisions.commit(store.replacing(grace, replace(grace, email=moved.email)))
        assert store.user(grace.user_id) == grace
        services.decisions.commit(store.replacing(grace, replace(grace, email=ada.email)))

    def test_of_two_who_verify_or_move_the_same_user_one_writes(self, services: Services) -> None:
        store, ada = services.users_store, self._user(services)
        services.decisions.commit(store.replacing(ada, replace(ada, email_verified_at=NOW)))
        with pytest.raises(LostRace):
            services.decisions.commit(store.replacing(ada, replace(ada, email_verified_at=NOW + 1)))
        with pytest.raises(LostRace):
            services.decisions.commit(store.replacing(replace(ada, email="gone@example.com"), ada))

    def _user(self, services: Services) -> User:
        user_id = new_id("user")
        user = User(user_id, new_id("acct"), f"{user_id}@example.com", "Ada", NOW)
        services.decisions.commit(services.users_store.opening(user))
        return user
