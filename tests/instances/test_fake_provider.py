"""The contract of a provider, on the fake that the tests of renting lean on."""

import pytest

from tests.instances.fake_provider import FakeProvider
from tests.instances.provider_contract import Bench, ProviderContract
from tests.instances.yard import NOON


class FakeBench:
    """The fake, at a clock of its own."""

    def __init__(self) -> None:
        self.now = NOON
        self.provider = fake = FakeProvider(lambda: self.now)
        self.image_id = fake.image_id
        self.lose_capacity, self.regain_capacity = fake.lose_capacity, fake.regain_capacity
        self.refuse, self.throttle = fake.refuse, fake.throttle
        self.lose_answer, self.lose_request = fake.lose_answer, fake.lose_request
        self.hang_next_stop = fake.hang_next_stop

    def pass_time(self) -> None:
        self.now += 60

    def access_is_open(self, server_id: str) -> bool:
        return self.provider.machines[server_id].access_open

    def hide_new_servers(self) -> None:
        self.provider.hide_new_servers(100)

    def fail_next_launch(self, word: str) -> None:
        self.provider.fail_next_launch(word=word)

    def fail_next_start(self, word: str) -> None:
        self.provider.fail_next_start(word=word)

    def die(self, server_id: str) -> None:
        self.provider.die(self._rental(server_id))

    def go_down(self, server_id: str) -> None:
        self.provider.go_down(self._rental(server_id))

    def power_off(self, server_id: str) -> None:
        self.provider.power_off(self._rental(server_id))

    def vanish(self, server_id: str) -> None:
        self.provider.vanish(self._rental(server_id))

    def _rental(self, server_id: str) -> str:
        return self.provider.machines[server_id].order.rental_id


class TestFakeProvider(ProviderContract):
    """A fake that keeps the contract is one that tests may trust."""

    @pytest.fixture
    def bench(self) -> Bench:
        return FakeBench()
