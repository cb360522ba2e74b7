"""One message of each kind, as billing, renting and people's own doings write them.

`python -m tests.notices.samples FOLDER` writes their e-mails there, to be looked at. Those in tests/notices/letters are
what they should be: after a change of words write them anew there and read the difference.
"""

import sys
from pathlib import Path

from chalicelib.clock import DAY, HOUR
from chalicelib.notices.letters import Letterhead, Rendered, render
from chalicelib.notices.messages import Fact, Message, Topic

NOON = 1_772_374_509
"""Sunday 1 March 2026, 14:15:09 UTC"""
END = NOON + 7 * DAY
LINK = "link_0w3kabcd000000000000"
APRIL = 1_775_001_600
LETTERHEAD = Letterhead("https://console.example.com", lambda link_id: f"{link_id}.signature")
LETTERS = Path(__file__).parent / "letters"


def _letter(topic: Topic, **facts: Fact) -> Message:
    """A message to an address that it names."""
    return _message(topic, **facts)._replace(recipient="ada@example.com")


def _message(topic: Topic, **facts: Fact) -> Message:
    return Message("acct_0w3kabcd000000000000", "mesg_0w3kabcd000000000000", topic, NOON, facts)


SAMPLES = {
    "balance_low_7_days": _message(Topic.BALANCE_LOW, days=7, balance=604_800_000, rate=3_600_000, runs_out_at=END),
    "balance_low_1_day": _message(
        Topic.BALANCE_LOW, days=1, balance=60_123_456, rate=2_512_500, runs_out_at=NOON + DAY - 7
    ),
    "account_suspended": _message(
        Topic.ACCOUNT_SUSPENDED, balance=12, suspended_at=NOON, missing=4_599_988, ends_at=END
    ),
    "account_suspended_at_zero": _message(
        Topic.ACCOUNT_SUSPENDED, balance=0, suspended_at=NOON, missing=3_600_000, ends_at=END
    ),
    "account_suspended_below_zero": _message(
        Topic.ACCOUNT_SUSPENDED, balance=-25_000_000, suspended_at=NOON, missing=25_000_000
    ),
    "rental_suspended": _message(
        Topic.RENTAL_SUSPENDED, subject_id="rent_0w3kabcd000000000000", name="train-llama", suspended_at=NOON
    ),
    "service_suspended": _message(
        Topic.SERVICE_SUSPENDED, subject_id="srvc_0w3kabcd000000000000", name="Qlip licence", suspended_at=NOON
    ),
    "last_call": _message(Topic.LAST_CALL, ends_at=END, missing=4_599_988, rentals=2, services=1),
    "ended_for_good": _message(Topic.ENDED_FOR_GOOD, names="train-llama, sweep-2, Qlip licence", ended_at=END),
    "ended_for_good_below_zero": _message(
        Topic.ENDED_FOR_GOOD, names="train-llama", ended_at=END, balance=-5_000_000
    ),
    "account_restored": _message(Topic.ACCOUNT_RESTORED, balance=95_000_000, restored_at=NOON),
    "still_suspended": _message(Topic.STILL_SUSPENDED, balance=2_000_000, missing=2_599_988, ends_at=END),
    "verify_email": _letter(Topic.VERIFY_EMAIL, link_id=LINK, expires_at=NOON + DAY),
    "already_registered": _message(Topic.ALREADY_REGISTERED, asked_at=NOON),
    "reset_password": _letter(Topic.RESET_PASSWORD, link_id=LINK, expires_at=NOON + HOUR),
    "password_changed": _message(Topic.PASSWORD_CHANGED, changed_at=NOON),
    "email_change_asked": _letter(Topic.EMAIL_CHANGE_ASKED, new_email="countess@example.org", asked_at=NOON),
    "confirm_email": _letter(Topic.CONFIRM_EMAIL, link_id=LINK, expires_at=NOON + DAY),
    "email_changed": _letter(
        Topic.EMAIL_CHANGED, old_email="ada@example.com", new_email="countess@example.org", changed_at=NOON
    ),
    "second_factor_on": _message(Topic.SECOND_FACTOR_ON, changed_at=NOON),
    "second_factor_off": _message(Topic.SECOND_FACTOR_OFF, changed_at=NOON),
    "recovery_code_used": _message(Topic.RECOVERY_CODE_USED, used_at=NOON, left=9),
    "recovery_codes_made": _message(Topic.RECOVERY_CODES_MADE, changed_at=NOON),
    "google_linked": _message(Topic.GOOGLE_LINKED, changed_at=NOON),
    "google_unlinked": _message(Topic.GOOGLE_UNLINKED, changed_at=NOON),
    "credentials_discarded": _message(Topic.CREDENTIALS_DISCARDED, changed_at=NOON),
    "account_closed": _message(Topic.ACCOUNT_CLOSED, closed_at=NOON),
    "lease_ended": _message(
        Topic.LEASE_ENDED,
        subject_id="rent_0w3kabcd000000000000",
        name="train-llama",
        rate=12_500,
        ended_at=NOON,
    ),
    "lease_ended_free": _message(
        Topic.LEASE_ENDED, subject_id="rent_0w3kabcd000000000000", name="train-llama", rate=0, ended_at=NOON
    ),
    "spending_cap_near": _message(
        Topic.SPENDING_CAP_NEAR, percent=80, cap=500_000_000, spent=400_000_123, month_ends_at=APRIL
    ),
    "spending_cap_reached": _message(
        Topic.SPENDING_CAP_REACHED, cap=500_000_000, spent=500_000_012, month_ends_at=APRIL
    ),
    "rental_failed": _message(
        Topic.RENTAL_FAILED,
        subject_id="rent_0w3kabcd000000000000",
        name="train-llama",
        reason="The provider had no capacity for six hours.",
    ),
    "rental_gone": _message(
        Topic.RENTAL_GONE,
        subject_id="rent_0w3kabcd000000000000",
        name="train-llama",
        reason="The server is gone at the provider.",
    ),
}


def rendered(message: Message, name: str = "Ada Lovelace") -> Rendered:
    """The e-mail of a message. To an address that it names, it goes without a name."""
    return render(message, name if message.recipient is None else "", LETTERHEAD)


def as_text(letter: Rendered) -> str:
    """Subject and text, as kept beside the HTML."""
    return f"Subject: {letter.subject}\n\n{letter.text}"


def write(folder: Path) -> None:
    """Every sample's e-mail, as text and as HTML."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, message in SAMPLES.items():
        letter = rendered(message)
        (folder / f"{name}.txt").write_text(as_text(letter), encoding="utf-8")
        (folder / f"{name}.html").write_text(letter.html, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
