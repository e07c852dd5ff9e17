"""Replaces secrets by typed, stable placeholders, before anything is stored and again before anything is sent.

`<SECRET:github_token:1f0c9a7e>`: the type, and 8 hexadecimal digits of an HMAC-SHA256 of the secret under the store's
salt, so that it still shows where two secrets are the same, and to nobody without the salt what they were.

What patterns find: keys and tokens whose makers gave them a recognisable form (see `_KINDS`), bearer and basic
authorisation headers, JSON web tokens, PEM private keys, passwords in connection strings, and payment card numbers of
the large issuers that pass the Luhn check (ISO/IEC 7812-1). **What they cannot find**: a password in a sentence or in
a field called `password`, a key of a provider with no fixed form, a secret that is split, encoded (but for JSON's
escapes) or spelled out, anything within an image, and names, addresses and other facts about people. Redaction
narrows what leaks; it does not make a trace fit to publish.

Redacting twice changes nothing. Knows nothing of stores or models. Raises nothing.
"""

import hmac
import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from pydantic import JsonValue

SALT_MIN_BYTES = 16
_DIGEST_HEX_CHARS = 8
_SPACING = re.compile(r"\s|\\[nr]")
_DIGITS_AS_ONE = bytes.maketrans(b"0123456789", b"0" * 10)
_CARD_DIGITS = b"0" * 14
_KEY = "PRIVATE KEY"
_SLASH = r"\\{0,3}/"
"""JSON may write a slash as `\\/`, and JSON within JSON as `\\\\/`."""
_ESCAPED_SLASH = re.compile(r"\\+/")
_AWS_SECRET = rf"(?:[A-Za-z0-9+]|{_SLASH}){{40}}"
_ESCAPED = re.compile(r"\\u00([2-7][0-9A-Fa-f])")


class _Kind(NamedTuple):
    """One type of secret."""

    name: str
    signs: tuple[str, ...]
    """A text that holds none of these holds no such secret; empty where another quick test stands for them."""
    pattern: re.Pattern[str]


def _kind(name: str, signs: str, *patterns: str) -> _Kind:
    return _Kind(name, tuple(signs.split()), re.compile("|".join(patterns)))


def _token(prefix: str, rest: str) -> str:
    """A token that does not begin within a word, but may right behind an escape of JSON or of an address.

    The check stands behind the prefix, so that the search runs from one literal to the next.
    """
    return rf"{prefix}(?:(?<![A-Za-z0-9]{prefix})|(?<=\\[nrtbf]{prefix})|(?<=%[0-9A-F][0-9A-F]{prefix})){rest}"


_KINDS = (
    _kind(
        "pem_private_key",
        "-----BEGIN",
        rf"-----BEGIN [A-Z0-9 ]*{_KEY}[A-Z ]*-----(?:"
        rf"[^-]*(?:-(?!----)[^-]*)*-----END [A-Z0-9 ]*{_KEY}[A-Z ]*-----"
        r"|(?:(?:\s|\\[nr])*(?:[A-Za-z0-9+=]|\\?/){20,})+(?:(?:\s|\\[nr])*(?:[A-Za-z0-9+=]|\\?/)+\Z)?)",
    ),
    _kind("anthropic_key", "sk-ant-", _token("sk-ant-", r"[A-Za-z0-9_-]{16,}")),
    _kind("langfuse_key", "sk-lf-", _token("sk-lf-", r"[0-9a-f]{8}-[0-9a-f-]{27,}")),
    _kind(
        "openai_key",
        "sk-",
        _token("sk-", r"(?:(?:proj|svcacct|admin|or-v1)-[A-Za-z0-9_-]{20,}|(?=[A-Za-z]*[0-9])[A-Za-z0-9]{20,})"),
    ),
    _kind(
        "stripe_key",
        "k_live_ k_test_ whsec_",
        _token("[sr]k_(?:live|test)_", "[A-Za-z0-9]{16,}"),
        _token("whsec_", "[A-Za-z0-9]{16,}"),
    ),
    _kind("aws_key_id", "AKIA ASIA", _token("A(?:KI|SI)A", r"[A-Z0-9]{16}(?![A-Za-z0-9])")),
    _kind(
        "aws_secret",
        "ccess_key CCESS_KEY ccessKey accesskey ACCESSKEY",
        r"(?:secret_?access_?key|SECRET_?ACCESS_?KEY|[sS]ecretAccessKey)[\"'\s:=\\]{1,8}"
        rf"{_AWS_SECRET}(?![A-Za-z0-9/+]|\\{{1,3}}/)",
    ),
    _kind(
        "github_token",
        "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
        _token("gh[pousr]_", "[A-Za-z0-9]{30,}"),
        _token("github_pat_", "[A-Za-z0-9_]{22,}"),
    ),
    _kind("gitlab_token", "glpat-", _token("glpat-", "[A-Za-z0-9_-]{20,}")),
    _kind(
        "google_key",
        "AIza ya29. GOCSPX-",
        _token("AIza", "[A-Za-z0-9_-]{35,}"),
        _token(r"ya29\.", "[A-Za-z0-9_-]{20,}"),
        _token("GOCSPX-", "[A-Za-z0-9_-]{20,}"),
    ),
    _kind("slack_token", "xox xapp-", _token("xox[a-z]-", "[A-Za-z0-9-]{10,}"), _token("xapp-", "[A-Za-z0-9-]{10,}")),
    _kind(
        "slack_hook", "hooks.slack.com", rf"hooks\.slack\.com{_SLASH}services{_SLASH}(?:[A-Za-z0-9]|{_SLASH}){{20,}}"
    ),
    _kind("huggingface_token", "hf_", _token("hf_", "[A-Za-z0-9]{30,}")),
    _kind("package_token", "npm_ pypi-", _token("npm_", "[A-Za-z0-9]{36,}"), _token("pypi-", "[A-Za-z0-9_-]{50,}")),
    _kind("jwt", "eyJ", _token("eyJ", r"[A-Za-z0-9_-]{8,1024}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*")),
    _kind(
        "authorization",
        "earer EARER uthorization UTHORIZATION",
        r"(?:\b(?:[Bb]earer|BEARER)"
        r"|\b(?:[Aa]uthorization|AUTHORIZATION)[\"'\s:=\\]{1,8}(?:[Bb]asic|BASIC|[Tt]oken))"
        rf"\s+(?=(?:[A-Za-z._~+-]|{_SLASH})*[0-9])(?:[A-Za-z0-9._~+-]|{_SLASH}){{16,}}=*",
    ),
    _kind("connection_password", "", rf":(?:{_SLASH}){{2}}[^\s:/@\"'<>\\]{{0,100}}:[^\s@/\"'<>\\]{{1,200}}(?=@)"),
    _kind(
        "card_number",
        "",
        _token(
            "[2-6]",
            r"(?<![0-9][.,].)(?:"
            r"(?:(?<=4)[0-9]{3}|(?<=5)[1-5][0-9]{2}|(?<=2)[2-7][0-9]{2}"
            r"|(?<=6)(?:011|5[0-9]{2}|4[4-9][0-9]|2[0-9]{2})|(?<=3)5[2-8][0-9])"
            r"([ -]?)[0-9]{4}\1[0-9]{4}\1[0-9]{4}"
            r"|(?<=3)[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}"
            r"|(?<=3)(?:0[0-5]|[68][0-9])[0-9]{11})(?![A-Za-z0-9]|[.,][0-9])",
        ),
    ),
)
"""In this order: what tells more about a secret comes before what tells less."""


class Redacted(NamedTuple):
    """A text without the secrets that were found in it."""

    text: str
    counts: Mapping[str, int]
    """How many were replaced, by type; empty where the text is as it was."""


def redact(text: str, salt: bytes) -> Redacted:
    """Replace every secret that the patterns find.

    Args:
        text: Any text.
        salt: The store's own, at least `SALT_MIN_BYTES` random bytes, kept secret: equal secrets get equal
            placeholders under equal salts only.
    """
    text, counts = _without_secrets(text, salt)
    if (plain := _unescaped(text)) != text:
        clean, further = _without_secrets(plain, salt)
        if further:
            text, counts = clean, counts + further
    return Redacted(text, dict(counts))


def _without_secrets(text: str, salt: bytes) -> tuple[str, Counter[str]]:
    counts = Counter[str]()
    before = None
    while before != text:
        before = text
        for kind in _KINDS:
            if _may_hold(kind, text):
                text = _replaced(kind, text, salt, counts)
    return text, counts


def _unescaped(text: str) -> str:
    r"""The text with JSON's `\u0073` written as the character, but where that would end or escape a string."""
    return _ESCAPED.sub(_character, text) if "\\u00" in text else text


def _character(match: re.Match[str]) -> str:
    char = chr(int(match[1], 16))
    return match[0] if char in '"\\' else char


def redact_json(value: JsonValue, salt: bytes, counts: Counter[str]) -> JsonValue:
    """The value with every string in it redacted, keys included; what was found is added to `counts`.

    Raises:
        RecursionError: The value is nested too deeply.
    """
    if isinstance(value, str):
        redacted = redact(value, salt)
        counts.update(redacted.counts)
        return redacted.text
    if isinstance(value, list):
        return [redact_json(item, salt, counts) for item in value]
    if isinstance(value, dict):
        return {redact(key, salt).text: redact_json(item, salt, counts) for key, item in value.items()}
    return value


def may_hold_secret(text: str) -> bool:
    """False where no pattern can match; quick, so that many texts may be asked about at once, joined."""
    plain = _unescaped(text)
    return any(_may_hold(kind, plain) or _may_hold(kind, text) for kind in _KINDS)


def _may_hold(kind: _Kind, text: str) -> bool:
    for sign in kind.signs:
        if sign in text:
            return True
    if kind.signs:
        return False
    if kind.name == "card_number":
        return _CARD_DIGITS in text.encode("ascii", "replace").translate(_DIGITS_AS_ONE, b" -")
    return kind.pattern.search(text) is not None


def _replaced(kind: _Kind, text: str, salt: bytes, counts: Counter[str]) -> str:
    def placeholder(match: re.Match[str]) -> str:
        found = match[0]
        if kind.name == "card_number" and not _passes_luhn(found):
            return found
        counts[kind.name] += 1
        start = _secret_start(kind.name, found)
        return f"{found[:start]}<SECRET:{kind.name}:{_digest(found[start:], salt)}>"

    return kind.pattern.sub(placeholder, text)


def _secret_start(kind: str, found: str) -> int:
    """Where the secret begins in what the pattern needs to recognise it by."""
    match kind:
        case "connection_password":
            return found.index(":", len("://")) + 1
        case "aws_secret":
            secret = re.search(rf"{_AWS_SECRET}\Z", found)
            return len(found) - 40 if secret is None else secret.start()
        case "slack_hook":
            return found.index("/", found.index("services")) + 1
        case "authorization":
            return len(found) - len(found.rsplit(maxsplit=1)[-1])
        case _:
            return 0


def _digest(secret: str, salt: bytes) -> str:
    """Spacing and escaped slashes do not count: a private key is the same one with its line ends escaped."""
    tidy = _ESCAPED_SLASH.sub("/", _SPACING.sub("", secret))
    return hmac.digest(salt, tidy.encode(errors="replace"), "sha256").hex()[:_DIGEST_HEX_CHARS]


def _passes_luhn(text: str) -> bool:
    digits = [int(char) for char in text if char.isdigit()]
    doubled = (digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
