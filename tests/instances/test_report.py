"""What a daemon may say. docs/rules.md, "Daemons": the command line pastes user and address into a shell."""

import ipaddress
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Invalid
from chalicelib.instances.report import Gpu, GpuType, Report, check_report, is_host_user, plain_address
from tests.instances.machine_contract import a_report

HARMLESS_IN_A_SHELL = re.compile(r"[A-Za-z0-9_.:-]*", re.ASCII)
ALMOST_ADDRESSES = st.one_of(
    st.text(), st.text("0123456789abcdefABCDEF.:%/[] \n;$`", max_size=50), st.ip_addresses().map(str),
    st.tuples(st.ip_addresses(v=6).map(str), st.text(max_size=5)).map(lambda pair: f"{pair[0]}%{pair[1]}"),
)  # fmt: skip
ALMOST_USERS = st.one_of(st.text(), st.text("abcxyz_-09 ;\n$A", max_size=40))


@given(ALMOST_ADDRESSES)
def test_an_address_that_passes_is_an_address_and_harmless_in_a_shell(text: str) -> None:
    plain = plain_address(text)
    if plain is not None:
        assert HARMLESS_IN_A_SHELL.fullmatch(plain)
        assert plain_address(plain) == plain == str(ipaddress.ip_address(text))


@given(st.ip_addresses())
def test_every_address_passes(address: object) -> None:
    assert plain_address(str(address)) == str(address)


@given(ALMOST_USERS)
def test_a_user_that_passes_is_one_of_the_usual_form(text: str) -> None:
    harmless = bool(HARMLESS_IN_A_SHELL.fullmatch(text)) and 1 <= len(text) <= 32 and not text.startswith("-")
    if is_host_user(text):
        assert harmless and text == text.lower() and "\n" not in text


@pytest.mark.parametrize("user", ["root", "ubuntu", "_apt", "a", "ada-2", "x" * 32])
def test_usual_users_pass(user: str) -> None:
    assert is_host_user(user)


@given(st.text(max_size=80), st.text(max_size=80))
def test_names_of_gpus_have_no_markup_and_no_control_characters(name: str, uuid: str) -> None:
    report = a_report(gpus=(Gpu(0, name, uuid, GpuType.NVIDIA, 0),))
    try:
        check_report(report)
    except Invalid:
        return
    for text in (name, uuid):
        assert text.isascii() and text.isprintable() and not set(text) & set("[]<>;$`\"'\\")


@pytest.mark.parametrize(
    "name", ["NVIDIA A100-SXM4-40GB", "NVIDIA GeForce RTX 4090", "AMD Radeon(TM) Pro W7900", "NVIDIA H100 80GB HBM3"]
)
def test_usual_gpus_pass(name: str) -> None:
    check_report(a_report(gpus=(Gpu(0, name, "GPU-5f0c1f2e-8d7a-9a8e", GpuType.NVIDIA, 80 << 30),)))


HOSTILE = {
    "host_user": ["root;reboot", "root\n", "", "-oProxyCommand=x", "Root", "a b", "$(id)", "x" * 33, "r\u006ft\u0301"],
    "address": ["1.2.3.4;reboot", "1.2.3.4\n", "", "fe80::1%eth0", "fe80::1%;reboot", "example.com", "1.2.3", "[::1]"],
    "cpu_cores": [-1, 4097],
    "memory_bytes": [-1, (1 << 50) + 1],
    "shm_total_bytes": [-1, (1 << 50) + 1],
    "shm_used_bytes": [-1, (1 << 50) + 1],
    "gpus": [(Gpu(0, "A10G", "GPU-1", GpuType.NVIDIA, 1),) * 65],
    "applied_key_ids": [("key_1",), ("key_0wn5x8k20q7gt4mz1r3c",) * 201, ("rent_0wn5x8k20q7gt4mz1r3c",)],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in HOSTILE.items() for value in values])
def test_what_is_not_plainly_right_is_refused_by_its_name(field: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        check_report(a_report()._replace(**{field: value}))
    assert (refused.value.code, refused.value.field) == ("invalid_report", field)


@pytest.mark.parametrize(
    ("field", "value"),
    [("gpu_id", -1), ("memory_bytes", -1), ("name", "A[10]"), ("name", ""), ("name", "A10G\n"), ("uuid", ""),
     ("uuid", "GPU 1"), ("uuid", "x" * 97)],
)  # fmt: skip
def test_what_is_wrong_with_a_gpu_is_refused_by_its_place(field: str, value: object) -> None:
    good = Gpu(0, "A10G", "GPU-1", GpuType.NVIDIA, 1)
    with pytest.raises(Invalid) as refused:
        check_report(a_report(gpus=(good, good._replace(**{field: value}))))  # type: ignore[arg-type]
    assert refused.value.field == f"gpus.1.{'id' if field == 'gpu_id' else field}"


def test_a_good_report_passes() -> None:
    for report in (a_report(), a_report(address=None), a_report(gpus=(), applied_key_ids=())):
        assert isinstance(report, Report)
        check_report(report)
