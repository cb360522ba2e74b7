"""What opens a link of an e-mail, and what does not. docs/rules.md, "Accounts"."""

from random import Random

import pytest

from chalicelib.accounts.links import LASTS_SECONDS, Link, Links, Purpose, token_of
from chalicelib.errors import Invalid
from chalicelib.ids import Ids
from chalicelib.signing import Signer
from tests.people.memory_people import MemoryLinks, MemoryWrites

NOON = 1_772_374_509
OLD, NEW = b"the secret before", b"the secret now"


class Rotated:
    """The deployment's secrets, and what a rotation makes of them."""

    def __init__(self) -> None:
        self.secrets: tuple[bytes, ...] = (OLD,)

    def __call__(self) -> tuple[bytes, ...]:
        return self.secrets


@pytest.fixture
def secrets() -> Rotated:
    return Rotated()


@pytest.fixture
def links(secrets: Rotated) -> Links:
    return Links(MemoryLinks(MemoryWrites()), Signer(secrets), Ids(Random(7).randbytes))


def sent(links: Links, purpose: Purpose = Purpose.RESET_PASSWORD) -> tuple[Link, str]:
    link = links.new(purpose, "user_1", "ada@example.com", NOON)
    MemoryWrites.commit_of(links.store)(links.store.sending(link))
    return link, token_of(link.link_id, links.signer)


def refused(links: Links, token: str, purpose: Purpose = Purpose.RESET_PASSWORD, now: int = NOON) -> bool:
    with pytest.raises(Invalid) as refusal:
        links.find(token, purpose, now)
    return refusal.value.code == "link_spent"


def test_the_link_that_was_sent_is_found(links: Links) -> None:
    link, token = sent(links)
    assert links.find(token, Purpose.RESET_PASSWORD, NOON) == link


@pytest.mark.parametrize("purpose", Purpose)
def test_each_link_ends_at_its_own_second(links: Links, purpose: Purpose) -> None:
    link, token = sent(links, purpose)
    last = NOON + LASTS_SECONDS[purpose] - 1
    assert links.find(token, purpose, last) == link
    assert refused(links, token, purpose, last + 1)


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("other", Purpose)
def test_a_link_does_only_what_it_was_sent_for(links: Links, purpose: Purpose, other: Purpose) -> None:
    link, token = sent(links, purpose)
    if other is purpose:
        assert links.find(token, other, NOON) == link
    else:
        assert refused(links, token, other)


def test_a_signature_that_we_did_not_make_opens_nothing(links: Links) -> None:
    link, token = sent(links)
    _, other = sent(links)
    signature = token.partition(".")[2]
    unknown = "link_" + "0" * 20
    for forged in (
        link.link_id,
        f"{link.link_id}.",
        f"{link.link_id}.{other.partition('.')[2]}",
        f"{link.link_id}.{signature[:-1]}",
        f"{link.link_id}.{signature}=",
        f"{link.link_id}.{signature.swapcase()}",
        f"{link.link_id}.{Signer(lambda: (b'guessed',)).sign('link', link.link_id)}",
        f"{link.link_id}.{links.signer.sign('daemon', link.link_id)}",
        f"{unknown}.{links.signer.sign('link', unknown)}",
        f"user_1.{links.signer.sign('link', 'user_1')}",
        "", ".", "é.ü", "\ud800.\ud800",
    ):  # fmt: skip
        assert refused(links, forged), forged


def test_links_open_through_a_rotation_of_the_secret(links: Links, secrets: Rotated) -> None:
    link, before = sent(links)
    secrets.secrets = (NEW, OLD)
    assert links.find(before, Purpose.RESET_PASSWORD, NOON) == link
    assert token_of(link.link_id, links.signer) != before, "the newest secret signs"
    newer, after = sent(links)
    secrets.secrets = (b"the secret after", NEW)
    assert links.find(after, Purpose.RESET_PASSWORD, NOON) == newer
    assert refused(links, before), "the oldest counts no more"


def test_decoys_are_nobodys(links: Links) -> None:
    writes = links.decoys(3, NOON)
    assert len({write.target for write in writes}) == 3
    MemoryWrites.commit_of(links.store)(writes)
    store = links.store
    assert isinstance(store, MemoryLinks)
    assert {(link.user_id, link.email) for link in store.all()} == {("user_00000000000000000000", "")}
