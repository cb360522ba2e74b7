"""The floors are fair: they do what the product does at the same place, and nothing else."""

from benchmarks.closing import Day, closing_speed
from benchmarks.cold_start import Start, Starts, cold_starts
from benchmarks.report import at_least, at_most, table
from benchmarks.shop import Shop
from chalicelib.accounts.tokens import hash_of
from chalicelib.clock import wall_clock
from tests import build

ONLY_IN_OTHER_FUNCTIONS = {
    "argon2",
    "aws_xray_sdk",
    "boto3",
    "chalicelib.accounts.cli_login",
    "chalicelib.accounts.closing",
    "chalicelib.accounts.credentials",
    "chalicelib.accounts.decisions",
    "chalicelib.accounts.email_change",
    "chalicelib.accounts.enrolment",
    "chalicelib.accounts.google",
    "chalicelib.accounts.identity_provider",
    "chalicelib.accounts.key_pairs",
    "chalicelib.accounts.links",
    "chalicelib.accounts.log_in",
    "chalicelib.accounts.opening",
    "chalicelib.accounts.password_change",
    "chalicelib.accounts.password_reset",
    "chalicelib.accounts.profile",
    "chalicelib.accounts.reauthentication",
    "chalicelib.accounts.second_factor",
    "chalicelib.accounts.sessions",
    "chalicelib.accounts.sign_up",
    "chalicelib.accounts.ssh_keys",
    "chalicelib.accounts.throttle",
    "chalicelib.accounts.token_making",
    "chalicelib.accounts.told",
    "chalicelib.accounts.users",
    "chalicelib.adapters.daemon_tokens",
    "chalicelib.adapters.deployment_secret",
    "chalicelib.adapters.dynamodb.books",
    "chalicelib.adapters.dynamodb.credentials",
    "chalicelib.adapters.dynamodb.grants",
    "chalicelib.adapters.dynamodb.links",
    "chalicelib.adapters.dynamodb.machines",
    "chalicelib.adapters.dynamodb.notices",
    "chalicelib.adapters.dynamodb.rentals",
    "chalicelib.adapters.dynamodb.sessions",
    "chalicelib.adapters.dynamodb.throttles",
    "chalicelib.adapters.dynamodb.users",
    "chalicelib.adapters.ec2",
    "chalicelib.adapters.one_time_codes",
    "chalicelib.adapters.openid",
    "chalicelib.adapters.passwords",
    "chalicelib.adapters.ses",
    "chalicelib.adapters.teller",
    "chalicelib.billing.admission",
    "chalicelib.billing.books",
    "chalicelib.billing.caps",
    "chalicelib.billing.change",
    "chalicelib.billing.closing",
    "chalicelib.billing.currency",
    "chalicelib.billing.journal",
    "chalicelib.billing.meters",
    "chalicelib.billing.settle",
    "chalicelib.billing.what_if",
    "chalicelib.instances.daemon_token",
    "chalicelib.instances.heartbeat",
    "chalicelib.instances.leaving",
    "chalicelib.instances.machine_store",
    "chalicelib.instances.offers",
    "chalicelib.instances.provider",
    "chalicelib.instances.rental",
    "chalicelib.instances.rentals",
    "chalicelib.instances.self_hosted",
    "chalicelib.notices.delivery",
    "chalicelib.signing",
    "cryptography",
    "jwt",
    "pyotp",
    "yaml",
    "zxcvbn",
}


def test_the_books_and_the_floor_make_the_same_store_calls(shop: Shop) -> None:
    day = Day(shop)
    one, other = day.accounts(2)
    with shop.recorder.counting() as by_books:
        day.by_books([one])
    change = day.ready_made(other)
    with shop.recorder.counting() as by_store:
        day.by_store([change])
    assert by_books == by_store
    assert by_books.items_written == 11


def test_both_sides_close_as_many_rentals(shop: Shop) -> None:
    speed = closing_speed(shop, 250)
    assert speed.rentals == 250
    assert min(speed.books_nanos, speed.floor_nanos, speed.books_cpu_nanos, speed.floor_cpu_nanos) > 0


def test_a_first_request_is_answered_by_the_zip_and_by_the_bare_app(shop: Shop) -> None:
    shop.now = wall_clock()
    token = shop.token(shop.account())
    row = f"token#{hash_of(token)}"
    starts = cold_starts(build.runtime(), build.unpacked(), shop.variables, token, row, 1)
    (ours,), (bare,) = starts.ours, starts.bare
    assert ours.micros > 0
    assert not ONLY_IN_OTHER_FUNCTIONS & set(ours.modules)
    assert not [name for name in bare.modules if name.startswith(("chalicelib", "aws_lambda_powertools", "msgspec"))]


def test_a_ratio_is_that_of_medians() -> None:
    slow, fast = Start(30, 30, ()), Start(10, 10, ())
    assert Starts([slow, slow, fast], [fast, fast, slow]).ratio == 3


def test_the_table_says_what_is_met() -> None:
    rows = [at_most("import", 1.25, 1.3, "a"), at_least("speed", 0.8, 0.9, "b")]
    assert list(table(rows))[2:] == [
        "| import | at most 1.3 | 1.25 (a) | yes |",
        "| speed | at least 0.9 | 0.80 (b) | no |",
    ]
