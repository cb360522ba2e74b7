"""Every message says what happened, what follows and what to do, with its amounts and dates; names are only names."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.accounts.told import Told
from chalicelib.clock import in_words
from chalicelib.money import show_dollars
from chalicelib.notices.letters import render
from chalicelib.notices.messages import FACTS, Message, Topic
from chalicelib.notices.names import LONGEST_NAME, plain
from chalicelib.notices.templates import words_of
from tests.notices.samples import LETTERHEAD, LETTERS, LINK, NOON, SAMPLES, as_text, rendered

AMOUNTS = frozenset({"balance", "rate", "missing", "cap", "spent"})
VOID = frozenset({"meta", "br", "img", "hr", "link", "input"})


class Page(HTMLParser):
    """What a reader of the HTML gets: its text, its links, and whether every element is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "a":
            self.links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.texts)


def test_every_topic_has_a_sample_with_the_facts_it_names() -> None:
    assert {message.topic for message in SAMPLES.values()} == set(Topic) == set(FACTS)
    for name, message in SAMPLES.items():
        assert FACTS[message.topic] <= message.facts.keys(), name


@pytest.mark.parametrize("name", SAMPLES)
def test_the_letter_is_word_for_word_as_it_was_approved(name: str) -> None:
    letter = rendered(SAMPLES[name])
    assert as_text(letter) == (LETTERS / f"{name}.txt").read_text(encoding="utf-8")
    assert letter.html == (LETTERS / f"{name}.html").read_text(encoding="utf-8")


def test_no_approved_letter_is_left_over() -> None:
    assert {path.stem for path in LETTERS.iterdir()} == set(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_both_forms_name_every_amount_date_and_name(name: str) -> None:
    message = SAMPLES[name]
    letter = rendered(message)
    page = Page(letter.html)
    for fact, value in message.facts.items():
        if fact in ("days", "subject_id", "link_id") or (message.topic is Topic.RENTAL_GONE and fact == "reason"):
            continue
        if fact in AMOUNTS:
            said = show_dollars(int(value))
        elif fact.endswith("_at"):
            said = in_words(int(value))
        else:
            said = str(value)
        assert said in letter.text, fact
        assert said in page.text, fact


@pytest.mark.parametrize("name", SAMPLES)
def test_a_letter_has_one_link_and_it_goes_to_the_console(name: str) -> None:
    letter = rendered(SAMPLES[name])
    (link,) = Page(letter.html).links
    assert link.startswith("https://console.example.com/")
    assert letter.text.count("https://") == 1
    assert link in letter.text


@pytest.mark.parametrize("name", [name for name, message in SAMPLES.items() if "link_id" in message.facts])
def test_what_opens_a_one_time_link_stands_in_its_address_alone(name: str) -> None:
    """Behind the #, which browsers send to nobody; and not in the list of what somebody was told."""
    letter = rendered(SAMPLES[name])
    (link,) = Page(letter.html).links
    assert link.endswith(f"#token={LINK}.signature")
    assert letter.text.count("signature") == 1
    assert LINK not in Page(letter.html).text + letter.subject


@pytest.mark.parametrize("name", SAMPLES)
def test_only_an_owner_is_told_that_they_own_an_account(name: str) -> None:
    """An address that somebody has given may be anybody's."""
    message = SAMPLES[name]
    assert (message.account_id in rendered(message).text) == (message.recipient is None)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_page_can_be_read_aloud_in_the_dark_and_without_pictures(name: str) -> None:
    page = Page(rendered(SAMPLES[name]).html)
    assert "img" not in page.elements
    assert page.elements.count("h1") == 1
    assert ("html", {"lang": "en", "dir": "ltr"}) in page.attributes
    tables = [attributes for tag, attributes in page.attributes if tag == "table"]
    assert [table.get("role") for table in tables].count(None) == 1, "only the table of figures is a table"
    assert ("meta", {"name": "color-scheme", "content": "light dark"}) in page.attributes


@pytest.mark.parametrize("name", [name for name in SAMPLES if "suspended" in name or name == "last_call"])
def test_at_zero_nobody_reads_that_they_are_being_charged(name: str) -> None:
    text = rendered(SAMPLES[name]).text
    assert "not charged" in text
    for alarming in ("will be charged", "are being charged", "have been charged", "owe", "overdue", "debt"):
        assert alarming not in text


def test_a_subject_is_one_short_line() -> None:
    for message in SAMPLES.values():
        subject = rendered(message).subject
        assert subject.isprintable()
        assert len(subject) <= 100


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "Ada\r\nBcc: everybody@example.com",
    "Ada\u2028Subject: prize",
    "\u202eecirp eerf",
    "{0} {name} {facts.__class__}",
    "%s %(name)s $name ${name}",
    "&amp;&lt;",
    "</td></table></body>",
    "\x00\x1b[31m",
    "\ud800",
    "a" * 5000,
    "",
    "   ",
)


@pytest.mark.parametrize("topic", [topic for topic in Topic if "name" in FACTS[topic] or "names" in FACTS[topic]])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_name_is_only_a_name(topic: Topic, hostile: str) -> None:
    tame = next(message for message in SAMPLES.values() if message.topic is topic)
    facts = {**tame.facts, "name": hostile, "names": hostile, "reason": hostile}
    message = Message(tame.account_id, tame.message_id, topic, NOON, facts)
    letter = render(message, hostile, LETTERHEAD)
    page = Page(letter.html)
    assert page.elements == Page(rendered(tame).html).elements
    assert len(page.links) == 1
    assert letter.subject.isprintable()
    assert plain(hostile) in letter.text
    letter.text.encode()
    letter.html.encode()
    assert len(letter.html) < 20_000
    lines = letter.text.splitlines()
    assert not any(line.startswith(("Bcc:", "Subject:")) for line in lines)


@given(st.text())
def test_a_plain_name_is_one_visible_line(name: str) -> None:
    seen = plain(name)
    assert seen.isprintable()
    assert seen == " ".join(seen.split())
    assert len(seen) <= LONGEST_NAME
    assert plain(seen) == seen


def test_names_keep_their_letters() -> None:
    assert plain("  Zoë \t 李小龍  O’Brien ") == "Zoë 李小龍 O’Brien"


@given(
    st.sampled_from(Topic),
    st.dictionaries(
        st.sampled_from(sorted({fact for facts in FACTS.values() for fact in facts} | {"ends_at", "reason"})),
        st.one_of(st.integers(-(10**15), 10**15), st.text(max_size=200)),
    ),
    st.text(max_size=100),
)
def test_whatever_a_message_lacks_it_can_be_read(topic: Topic, facts: dict[str, str | int], name: str) -> None:
    """A gap in the facts is a bug elsewhere; it must not cost anybody their warning."""
    message = Message("acct_1", "mesg_1", topic, NOON, facts)
    letter = render(message, name, LETTERHEAD)
    assert letter.subject.isprintable()
    assert Page(letter.html).elements.count("h1") == 1


def test_a_person_without_a_name_is_greeted() -> None:
    letter = render(SAMPLES["last_call"], " \u200b ", LETTERHEAD)
    assert letter.text.startswith("Hello,\n")


def test_what_is_called_last_is_counted_in_words() -> None:
    def subject(rentals: int, services: int) -> str:
        message = Message("a", "m", Topic.LAST_CALL, NOON, {**SAMPLES["last_call"].facts, "rentals": rentals,
                                                            "services": services})
        return words_of(message).subject

    assert "2 servers and 1 service will" in subject(2, 1)
    assert ": 1 server will" in subject(1, 0)
    assert ": 3 services will" in subject(0, 3)


def test_whatever_people_are_told_is_a_topic() -> None:
    """The two slices do not know each other: a word of one alone would fail when somebody is to be told."""
    assert {str(told) for told in Told} <= {str(topic) for topic in Topic}
