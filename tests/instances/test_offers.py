"""The catalogue tells the truth about the servers it sells, and keeps to its own rules."""

import gzip
import json
from decimal import ROUND_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import moto.ec2
import pytest

from chalicelib.errors import NotFound
from chalicelib.instances.offers import OFFERS_FILE, Catalogue, Offer, load, parse_offer
from chalicelib.instances.order import Wanted
from chalicelib.money import MICROS_PER_DOLLAR

RESOURCES = Path(moto.ec2.__file__).parent / "resources"
"""Amazon's own answers to DescribeInstanceTypes and DescribeInstanceTypeOfferings, as moto carries them."""
OFFERS = load().all()
HOURS_PER_MONTH = 730


@cache
def instance_types() -> dict[str, Any]:
    with gzip.open(RESOURCES / "instance_types.json.gz") as file:
        return dict(json.load(file))


@cache
def sold_in(region: str) -> frozenset[str]:
    with gzip.open(RESOURCES / "instance_type_offerings" / "region" / f"{region}.json.gz") as file:
        return frozenset(row["InstanceType"] for row in json.load(file))


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.offer_id)
def test_every_offer_is_a_server_that_amazon_has_there(offer: Offer) -> None:
    real = instance_types()[offer.instance_type]
    (gpus,) = real["GpuInfo"]["Gpus"]
    assert offer.instance_type in sold_in(offer.region)
    assert (offer.gpu_name, offer.gpu_count, gpus["Manufacturer"]) == (gpus["Name"], gpus["Count"], "NVIDIA")
    assert offer.gpu_memory_gb in makers_sizes(gpus["MemoryInfo"]["SizeInMiB"])
    assert offer.cpu_type == real["ProcessorInfo"]["Manufacturer"].upper()
    assert offer.vcpus == real["VCpuInfo"]["DefaultVCpus"]
    assert offer.ram_gb * 1024 == real["MemoryInfo"]["SizeInMiB"]
    assert offer.scratch_gb == real.get("InstanceStorageInfo", {}).get("TotalSizeInGB", 0)
    assert not real["BareMetal"], "bare metal takes a quarter of an hour to stop"
    assert real["ProcessorInfo"]["SupportedArchitectures"] == ["x86_64"]


def makers_sizes(mebibytes: int) -> set[int]:
    """What a GPU's maker may print on it: binary or decimal gigabytes."""
    return {mebibytes // 1024, round(mebibytes * 2**20 / 10**9)}


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.offer_id)
def test_a_stopped_server_costs_its_disk_at_ten_cents_a_month_rounded_up(offer: Offer) -> None:
    exact = Decimal(offer.disk_gb) * Decimal("0.10") / HOURS_PER_MONTH
    price = exact.quantize(Decimal("0.0001"), ROUND_UP)
    assert offer.stopped_price == price * MICROS_PER_DOLLAR
    assert 0 < offer.stopped_price < offer.running_price


def test_prices_in_the_file_are_decimal_strings_and_become_micro_dollars() -> None:
    rows = json.loads(OFFERS_FILE.read_text())
    assert all(isinstance(row[name], str) for row in rows for name in ("running_price", "stopped_price"))
    assert load().get("off_g5-xlarge_us-east-1").running_price == 1_110_000


def test_ids_name_type_and_region_and_are_unique() -> None:
    for offer in OFFERS:
        assert offer.offer_id == f"off_{offer.instance_type.replace('.', '-')}_{offer.region}"
    assert len({offer.offer_id for offer in OFFERS}) == len(OFFERS)


def test_the_range_goes_from_t4_to_h200() -> None:
    assert load().gpu_names == ("A100", "A10G", "H100", "H200", "L4", "L40S", "T4")
    assert load().providers == ("Amazon",)


def test_the_catalogue_is_read_once() -> None:
    assert load() is load()


def test_offers_are_listed_cheapest_first() -> None:
    prices = [offer.running_price for offer in OFFERS]
    assert prices == sorted(prices)


def test_find_narrows_by_every_wish_and_ignores_case() -> None:
    found = load().find(Wanted(gpu_name="a100", gpu_count=8, provider="AMAZON", region="us-east-1", disk_gb=1000))
    assert [offer.instance_type for offer in found] == ["p4d.24xlarge", "p4de.24xlarge"]
    assert load().find(Wanted(gpu_count=3)) == ()
    assert load().find(Wanted()) == OFFERS


def test_an_unknown_offer_is_not_found() -> None:
    with pytest.raises(NotFound) as caught:
        load().get("off_g5-xlarge_mars-1")
    assert caught.value.field == "offer_id"


def test_a_deployment_sells_only_what_its_regions_have() -> None:
    near = load().within({"eu-north-1"})
    assert {offer.region for offer in near.all()} == {"eu-north-1"}
    with pytest.raises(NotFound):
        near.get("off_g5-xlarge_us-east-1")


def test_an_offer_keeps_its_prices_when_the_catalogue_changes() -> None:
    (row, *_) = json.loads(OFFERS_FILE.read_text())
    before = parse_offer(row)
    after = Catalogue([parse_offer({**row, "running_price": "99.00"})])
    assert before.running_price != after.get(before.offer_id).running_price == 99 * MICROS_PER_DOLLAR


def test_lines_for_the_command_line_hold_no_brackets() -> None:
    offer = load().get("off_p4d-24xlarge_us-east-1")
    assert offer.gpu_line == "8 x A100 40 GB"
    assert offer.cpu_line == "96 vCPU INTEL"
    assert offer.provider_and_region == "Amazon us-east-1"
