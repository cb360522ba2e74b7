"""What the local EC2 keeps beside the emulator's own records: settings, faults, addresses, client tokens, calls."""

import ipaddress
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ADDRESSES = [str(address) for address in ipaddress.ip_network("203.0.113.0/24").hosts()]
CALLS_KEPT = 2_000
EVERYWHERE = "*"


@dataclass
class Settings:
    """How the local EC2 behaves when nothing is wrong.

    transition_describes        how many describes see a server in a state that it passes through
    not_found_describes         how many calls that name a new server are answered NotFound
    terminated_visible_seconds  how long a terminated server is still described
    """

    transition_describes: int = 1
    not_found_describes: int = 0
    terminated_visible_seconds: int = 3_600


@dataclass
class Fault:
    """An answer that goes wrong. See the control endpoint POST /_control/faults for the meaning of each field."""

    action: str
    code: str = "InternalError"
    message: str = "An internal error has occurred"
    status: int = 500
    times: int | None = 1
    after: int = 0
    effect: bool = False
    dropped: bool = False
    region: str = EVERYWHERE
    instance_type: str = EVERYWHERE
    instance_id: str = EVERYWHERE

    def strikes(self, call: "Call") -> bool:
        """Whether this fault spoils the call, counting it."""
        if not self._matches(call):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0

    def _matches(self, call: "Call") -> bool:
        return (
            self.action in (EVERYWHERE, call.action)
            and self.region in (EVERYWHERE, call.region)
            and self.instance_type in (EVERYWHERE, call.instance_type)
            and (self.instance_id == EVERYWHERE or self.instance_id in call.instance_ids)
        )


@dataclass(frozen=True)
class Call:
    """One request as it arrived."""

    action: str
    region: str
    moment: int
    parameters: Mapping[str, str]

    @property
    def instance_type(self) -> str:
        """The type asked for; empty where the call names none."""
        return self.parameters.get("InstanceType", "")

    @property
    def instance_ids(self) -> list[str]:
        """The servers that the call names."""
        return [
            value for key, value in self.parameters.items() if key.partition(".")[0] in ("InstanceId", "ResourceId")
        ]


@dataclass
class AddressPool:
    """Hands out public addresses of 203.0.113.0/24 in turn, so that a restart never brings the same one back."""

    turn: int = 0
    taken: set[str] = field(default_factory=set)

    def take(self) -> str:
        """The next free address."""
        for _ in ADDRESSES:
            address = ADDRESSES[self.turn % len(ADDRESSES)]
            self.turn += 1
            if address not in self.taken:
                self.taken.add(address)
                return address
        raise RuntimeError("every address of 203.0.113.0/24 is in use")

    def give_back(self, address: str | None) -> None:
        """Frees an address."""
        self.taken.discard(address or "")


@dataclass
class World:
    """All of it. Pickled together with the emulator's records, so that both are of one moment."""

    settings: Settings = field(default_factory=Settings)
    no_capacity: set[tuple[str, str]] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    failing_launches: list[str] = field(default_factory=list)
    failing_starts: list[str] = field(default_factory=list)
    hanging_stops: list[bool] = field(default_factory=list)
    addresses: AddressPool = field(default_factory=AddressPool)
    tokens: dict[tuple[str, str], tuple[str, Any]] = field(default_factory=dict)
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))

    def __getstate__(self) -> dict[str, Any]:
        """Calls are for the tests of one run: kept, they would make every save long."""
        return {**self.__dict__, "calls": deque(maxlen=CALLS_KEPT)}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        """What an older state file does not have is as in a new world."""
        self.__dict__.update({**World().__dict__, **kept})

    def next_failure(self, failing: list[str]) -> str:
        """The reason for which the launch or start that begins now is to fail; empty if it is not."""
        return failing.pop(0) if failing else ""

    def has_capacity(self, region: str, instance_type: str) -> bool:
        """Whether the region has a machine of this type to give."""
        return not {(region, instance_type), (EVERYWHERE, instance_type)} & self.no_capacity

    def fault_of(self, call: Call) -> Fault | None:
        """The first fault that spoils this call; faults that are used up are dropped."""
        fault = next((each for each in self.faults if each.strikes(call)), None)
        self.faults = [each for each in self.faults if each.times is None or each.times > 0]
        return fault
