"""What the daemon does to authorized_keys: its own lines, and no other byte. docs/rules.md, "Daemons"."""

import re

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.instances import cloud_init
from tests.accounts.key_texts import public_text
from tests.daemon.program import daemon

BEGIN, END = daemon.BEGIN.encode(), daemon.END.encode()
KEY, OTHER = public_text("ed25519"), public_text("p256")
LINES = st.one_of(
    st.just(BEGIN), st.just(END), st.just(BEGIN + b" "), st.just(b"# " + END), st.just(KEY.encode()),
    st.binary(max_size=20).map(lambda text: text.replace(b"\n", b"")),
)  # fmt: skip
CONTENTS = st.tuples(st.lists(LINES, max_size=12), st.sampled_from([b"", b"\n", b"\r\n"])).map(
    lambda made: b"\n".join(made[0]) + made[1]
)
EMPTY = BEGIN + b"\n" + END + b"\n"
KEYS = st.lists(st.sampled_from([KEY, OTHER, public_text("p384")]), unique=True)
MARKS = (re.escape(BEGIN), re.escape(BEGIN), re.escape(END))
BLOCK = re.compile(rb"^%s\r*\n(?:(?!%s\r*\n)[^\n]*\n)*?%s\r*(?:\n|\Z)" % MARKS, re.MULTILINE)
"""From a begin to the next end, with no other begin in between."""


def outside(content: bytes) -> bytes:
    """Everything that is not the daemon's."""
    return BLOCK.sub(b"", content)


@given(CONTENTS, KEYS)
def test_no_byte_outside_its_marks_ever_changes(content: bytes, keys: list[str]) -> None:
    assert outside(daemon.edited(content, keys)) == outside(content)


@given(CONTENTS, KEYS)
def test_between_its_marks_are_exactly_the_keys(content: bytes, keys: list[str]) -> None:
    first, *others = BLOCK.findall(daemon.edited(content, keys)) or [b""]
    wanted = b"".join(line + b"\n" for line in (BEGIN, *(key.encode() for key in keys), END))
    assert first == wanted or (first == b"" and not keys)
    assert set(others) <= {EMPTY}, "marks that stand there twice are emptied"


@given(CONTENTS, KEYS, KEYS)
def test_the_last_list_counts_whatever_was_there_before(content: bytes, keys: list[str], later: list[str]) -> None:
    once = daemon.edited(content, later)
    assert daemon.edited(once, later) == once
    assert outside(daemon.edited(daemon.edited(content, keys), later)) == outside(content)


def test_strange_marks_never_meet_round_a_strange_line() -> None:
    """Were the second marks taken away with what is between them, the line would be the daemon's the next time."""
    ours, theirs = BEGIN + b"\n" + END + b"\n", b"ssh-rsa theirs\n"
    content = ours + BEGIN + b"\n" + theirs + ours + END + b"\n"
    for _ in range(3):
        content = daemon.edited(content, [KEY])
        assert theirs in content


def test_without_keys_and_marks_nothing_is_written() -> None:
    assert daemon.edited(b"ssh-rsa mine", []) == b"ssh-rsa mine"


def test_a_file_that_ends_within_a_line_keeps_that_line() -> None:
    assert daemon.edited(b"ssh-rsa mine", [KEY]) == BEGIN + b"\n" + KEY.encode() + b"\n" + END + b"\nssh-rsa mine"


def test_what_the_first_boot_wrote_is_taken_over() -> None:
    setup = cloud_init.DaemonSetup("https://api.example.com", "ubuntu", "a.b.c")
    files = cloud_init.cloud_config("box", [KEY, OTHER], setup)["write_files"]
    (content,) = [file["content"].encode() for file in files if file["path"].endswith("authorized_keys")]
    assert daemon.edited(content, [KEY, OTHER]) == content
    assert daemon.edited(b"ssh-rsa mine\n" + content, [OTHER]).count(b"ssh-") == 1
    assert KEY.encode() not in daemon.edited(content, [OTHER])


# The pattern of these tests finds what a person would find.


def test_marks_that_do_not_belong_together_are_nobodys() -> None:
    assert outside(BEGIN + b"\nours\n" + END + b"\n") == b""
    assert outside(b"a\n" + BEGIN + b"\nb\n" + BEGIN + b"\nours\n" + END + b"\nc") == b"a\n" + BEGIN + b"\nb\nc"
    assert outside(END + b"\nx\n" + BEGIN) == END + b"\nx\n" + BEGIN
