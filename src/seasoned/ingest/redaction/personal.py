"""The types of facts about people that have a form of their own: addresses, telephone and account numbers.

Conservative: a number counts only in a form that hardly anything else has, or beside a name that says what it is. Names
of people, streets and dates of birth have no such form; see `redact_presidio`. Raises nothing.
"""

import ipaddress
import re

from seasoned.ingest.redaction.kind import ASCII_CASE, QUOTED, Kind, Span, kind

_MIN_PHONE_DIGITS, _MAX_PHONE_DIGITS = 8, 15
"""ITU-T E.164 allows 15 at most."""
_IBAN_CHARS = range(15, 35)
"""ISO 13616: from Norway's 15 to the 34 that the standard allows."""
_END = r"(?![\w-]|\.[0-9])"
_PHONE_NAME = rf"\b(?:phone|telephone|tel|mobile|cell|fax)(?:[ _-]?(?:number|no))?{QUOTED}\s?[:=]\s?{QUOTED}"


def _start(not_behind: str) -> str:
    """A place behind none of these characters, or right behind an escape of JSON."""
    return rf"(?:(?<![{not_behind}\\])|(?<=\\[nrtbf]))"


def _phone(found: str) -> Span | None:
    """As many digits as a number has; in front of it the name that told it, which stays."""
    start = re.search(r"[+(0-9][+(0-9 )./-]*\Z", found)
    n_digits = sum(char.isdigit() for char in found)
    return start.span() if start and _MIN_PHONE_DIGITS <= n_digits <= _MAX_PHONE_DIGITS else None


def _iban(found: str) -> Span | None:
    """Its check digits leave 1 modulo 97 (ISO 7064); a word in capitals behind it is none of it."""
    candidates = [found, found.rpartition(" ")[0]] if " " in found else [found]
    for text in candidates:
        compact = text.replace(" ", "")
        if len(compact) in _IBAN_CHARS and _mod_97(compact[4:] + compact[:4]) == 1:
            return 0, len(text)
    return None


def _mod_97(text: str) -> int:
    return int("".join(str(int(char, 36)) for char in text)) % 97


def _address(found: str) -> Span | None:
    """An address that the standard library reads, and that names some machine in particular."""
    try:
        address = ipaddress.ip_address(found)
    except ValueError:
        return None
    return None if address.is_loopback or address.is_unspecified else (0, len(found))


PERSONAL_KINDS: tuple[Kind, ...] = (
    kind(
        "email",
        r"@[A-Za-z0-9-]+\.[A-Za-z0-9-]",
        _start(r"\w.%+/@-") + r"(?!git@)[\w.%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])",
    ),
    kind(
        "iban",
        r"[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4} ?[A-Z0-9]{4}",
        _start("A-Za-z0-9")
        + r"[A-Z]{2}[0-9]{2}(?:(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?|[A-Z0-9]{11,30})(?![A-Za-z0-9])",
        span=_iban,
    ),
    kind(
        "us_ssn",
        "[0-9]{3}-[0-9]{2}-[0-9]{4}",
        _start(r"\w.-") + r"(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}" + _END,
    ),
    kind(
        "phone",
        r"\+[1-9][0-9]|[0-9]{3}\)? ?[ .-]?[0-9]{3}[.-][0-9]{4}|0[1-9][0-9]{1,4}[ /][0-9]{3}"
        rf"|(?i:phone|tel|mobile|cell|fax)[ _A-Za-z-]{{0,13}}{QUOTED}\s?[:=]",
        _start(r"\w+.") + r"\+[1-9][0-9]{0,2}(?:[ .-]?\(?[0-9]{1,4}\)?){2,5}" + _END,
        _start(r"\w.+-") + r"(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[.-][0-9]{4}" + _END,
        _start(r"\w.+-") + r"0[1-9][0-9]{1,4}[ /][0-9]{3,4}[ -]?[0-9]{3,5}" + _END,
        rf"(?<!SECRET:){_PHONE_NAME}\+?[0-9][0-9 ().-]{{6,18}}(?<=[0-9])(?![\w])",
        flags=ASCII_CASE,
        span=_phone,
    ),
)
"""What the policy `pii` finds besides secrets."""

NETWORK_KINDS: tuple[Kind, ...] = (
    kind(
        "ip_address",
        r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:",
        _start(r"\w.:-") + r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}" + _END,
        _start(r"\w.:") + r"(?=[0-9a-f:]*[0-9])(?:[0-9a-f]{1,4}:{1,2}|::){2,7}[0-9a-f]{0,4}(?![\w:]|\.[0-9])",
        flags=ASCII_CASE,
        span=_address,
    ),
)
"""Found only where a policy names them: a version such as 1.2.3.4 has the form of an address."""
