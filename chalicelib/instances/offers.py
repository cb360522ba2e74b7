"""What can be rented: the offers of the catalogue, read from `offers.json` beside this file.

docs/rules.md, "Renting". The catalogue is data: a rental keeps the offer it was made from, so that a later price here
changes nothing that runs. Prices are the platform's own.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.errors import NotFound
from chalicelib.instances.order import Wanted
from chalicelib.money import USD

OFFERS_FILE = Path(__file__).with_name("offers.json")


@dataclass(frozen=True, slots=True)
class Offer:
    """One kind of server at one place. Sizes in GB, as the makers name them; prices in micro-dollars per hour."""

    offer_id: str
    instance_type: str
    provider: str
    region: str
    gpu_name: str
    gpu_count: int
    gpu_memory_gb: int
    """Of each GPU."""
    cpu_type: str
    """INTEL, AMD or ARM."""
    vcpus: int
    ram_gb: int
    disk_gb: int
    """The disk that stays when the server is stopped."""
    scratch_gb: int
    """Fast disk inside the server whose content is lost when it is stopped; 0 if there is none."""
    running_price: int
    stopped_price: int

    @property
    def provider_and_region(self) -> str:
        """Amazon us-east-1"""
        return f"{self.provider} {self.region}"

    @property
    def gpu_line(self) -> str:
        """8 x A100 40 GB"""
        return f"{self.gpu_count} x {self.gpu_name} {self.gpu_memory_gb} GB"

    @property
    def cpu_line(self) -> str:
        """96 vCPU INTEL"""
        return f"{self.vcpus} vCPU {self.cpu_type}"


class Catalogue:
    """The offers of a deployment, cheapest first."""

    def __init__(self, offers: Sequence[Offer]) -> None:
        self._offers = tuple(sorted(offers, key=lambda offer: (offer.running_price, offer.offer_id)))
        self._by_id = {offer.offer_id: offer for offer in self._offers}

    def all(self) -> tuple[Offer, ...]:
        """Every offer."""
        return self._offers

    def get(self, offer_id: str) -> Offer:
        """The offer with this id. Raises NotFound."""
        offer = self._by_id.get(offer_id)
        if offer is None:
            raise NotFound("There is no such offer.", field="offer_id")
        return offer

    def find(self, wanted: Wanted) -> tuple[Offer, ...]:
        """The offers that fit, cheapest first."""
        return tuple(filter(wanted.fits, self._offers))

    @property
    def gpu_names(self) -> tuple[str, ...]:
        """The names of the GPUs on offer, each once, sorted."""
        return _names(offer.gpu_name for offer in self._offers)

    @property
    def providers(self) -> tuple[str, ...]:
        """The names of the providers, each once, sorted."""
        return _names(offer.provider for offer in self._offers)

    def within(self, regions: Collection[str]) -> "Catalogue":
        """The part of the catalogue that is in these regions: what a deployment is set up to start."""
        return Catalogue([offer for offer in self._offers if offer.region in regions])


@cache
def load() -> Catalogue:
    """The catalogue of the file, read at the first call."""
    return Catalogue([parse_offer(row) for row in json.loads(OFFERS_FILE.read_text())])


def parse_offer(row: Mapping[str, Any]) -> Offer:
    """An offer of the file: the fields of Offer, with prices as decimal strings in dollars per hour."""
    prices = {name: USD.parse(row[name]) for name in ("running_price", "stopped_price")}
    return Offer(**{**row, **prices})


def _names(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))
