"""Letters: how the words of a message become an e-mail, as text and as HTML. No name can inject markup or headers."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from chalicelib.notices.messages import Message
from chalicelib.notices.names import plain
from chalicelib.notices.templates import words_of
from chalicelib.notices.words import Tone, Words


@dataclass(frozen=True, slots=True)
class Rendered:
    """An e-mail, ready to be sent."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Whose e-mails these are, and where their links lead: an address without a slash at its end."""

    console_url: str
    token_of_link: Callable[[str], str]
    """Signs the id of a one-time link. Raises Unavailable."""
    product: str = "TheStage AI"


def render(message: Message, name: str, letterhead: Letterhead) -> Rendered:
    """The e-mail of a message to a person of that name; the name may be empty."""
    words = words_of(message)
    greeting = f"Hello {plain(name)}," if plain(name) else "Hello,"
    return Rendered(
        subject=words.subject,
        text=_text(message, words, greeting, letterhead),
        html=_html(message, words, greeting, letterhead),
    )


def _link(words: Words, letterhead: Letterhead) -> str:
    """A token stands behind the #, which browsers send to nobody."""
    link_id = words.action.link_id
    token = "" if link_id is None else f"#token={letterhead.token_of_link(link_id)}"
    return letterhead.console_url + words.action.path + token


def _footer(message: Message, letterhead: Letterhead) -> str:
    why = f"you own the account {message.account_id} at {letterhead.product}"
    if message.recipient is not None:
        why = f"this address was given for an account at {letterhead.product}"
    return f"You receive this e-mail because {why}. All times are UTC. Message {message.message_id}."


def _text(message: Message, words: Words, greeting: str, letterhead: Letterhead) -> str:
    width = max((len(label) for label, _ in words.rows), default=0) + 2
    rows = "\n".join(f"  {label + ':':<{width}}{value}" for label, value in words.rows)
    action = f"{words.action.label}: {_link(words, letterhead)}"
    parts = [greeting, *words.paragraphs, rows, action, "-- \n" + _footer(message, letterhead)]
    return "\n\n".join(part for part in parts if part) + "\n"


_ACCENTS = {Tone.CALM: "#1d6f42", Tone.WARNING: "#9a5b00", Tone.SERIOUS: "#b3261e"}
"""Each has a contrast of at least 4.5 to 1 with white, which the button's label is in."""

_FONT = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"

_DARK = """\
@media (prefers-color-scheme: dark) {
.page{background:#14161a!important}.card{background:#1f2329!important;border-left-color:#363c45!important;\
border-right-color:#363c45!important;border-bottom-color:#363c45!important}
.ink{color:#eceef1!important}.faint{color:#a9b0ba!important}.row{border-color:#363c45!important}
}
@media (max-width: 480px) {.inner{padding:24px 20px!important}}"""

_PAGE = """\
<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{subject}</title>
<style>
:root{{color-scheme:light dark;supported-color-schemes:light dark}}
{dark}
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f3f4f6">
<div style="display:none;max-height:0;overflow:hidden;opacity:0">{preheader}</div>
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#f3f4f6">
<tr><td align="center" style="padding:32px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px;font-family:{font}">
<tr><td class="faint" style="padding:0 4px 12px;font-size:15px;font-weight:600;color:#4a5260">{product}</td></tr>
<tr><td class="card" style="background:#ffffff;border:1px solid #dfe2e7;border-top:4px solid {accent};\
border-radius:8px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr>
<td class="inner" style="padding:32px;font-family:{font}">
<h1 class="ink" style="margin:0 0 20px;font-size:22px;line-height:30px;font-weight:600;color:#1b1f24">{subject}</h1>
{paragraphs}
{rows}
<table role="presentation" cellpadding="0" cellspacing="0" style="margin:28px 0 0"><tr>
<td style="background:{accent};border-radius:6px">
<a href="{link}" style="display:inline-block;padding:13px 26px;font-family:{font};font-size:16px;line-height:20px;\
font-weight:600;color:#ffffff;text-decoration:none">{label}</a></td>
</tr></table>
</td></tr></table>
</td></tr>
<tr><td class="faint" style="padding:16px 4px 0;font-size:13px;line-height:19px;color:#59616d">{footer}</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
"""

_PARAGRAPH = '<p class="ink" style="margin:0 0 16px;font-size:16px;line-height:25px;color:#1b1f24">{}</p>'

_ROWS = """\
<table width="100%" cellpadding="0" cellspacing="0" style="margin:8px 0 0;border-collapse:collapse">
{}
</table>"""

_ROW = """\
<tr><th scope="row" align="left" valign="top" class="faint row" style="padding:10px 16px 10px 0;\
border-top:1px solid #e4e7eb;font-size:15px;line-height:22px;font-weight:400;color:#59616d">{}</th>
<td align="right" valign="top" class="ink row" style="padding:10px 0;\
border-top:1px solid #e4e7eb;font-size:15px;line-height:22px;font-weight:600;color:#1b1f24">{}</td></tr>"""


def _html(message: Message, words: Words, greeting: str, letterhead: Letterhead) -> str:
    paragraphs = "\n".join(_PARAGRAPH.format(escape(part)) for part in (greeting, *words.paragraphs))
    rows = "\n".join(_ROW.format(escape(label), escape(value)) for label, value in words.rows)
    return _PAGE.format(
        dark=_DARK,
        font=_FONT,
        accent=_ACCENTS[words.tone],
        product=escape(letterhead.product),
        subject=escape(words.subject),
        preheader=escape(words.paragraphs[0]),
        paragraphs=paragraphs,
        rows=_ROWS.format(rows) if rows else "",
        link=escape(_link(words, letterhead)),
        label=escape(words.action.label),
        footer=escape(_footer(message, letterhead)),
    )
