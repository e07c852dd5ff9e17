"""Replaces secrets by typed, stable placeholders, before anything is stored and again before anything is sent.

`<SECRET:github_token:1f0c9a7e>`: the type, and 8 hexadecimal digits of an HMAC-SHA256 of the secret under the store's
salt, so that it still shows where two secrets are the same, and to nobody without the salt what they were.

What patterns find: keys and tokens whose makers gave them a recognisable form (see `_KINDS`), bearer and basic
authorisation headers, JSON web tokens, PEM private keys, passwords in connection strings, and payment card numbers of
the large issuers that pass the Luhn check (ISO/IEC 7812-1). **What they cannot find**: a password in a sentence or in
a field called `password`, a key of a provider with no fixed form, a secret that is split, encoded or spelled out,
anything within an image, and names, addresses and other facts about people. Redaction narrows what leaks; it does not
make a trace fit to publish.

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
_START = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf])|(?<=%[0-9A-F][0-9A-F]))"
"""A token begins here: not within a word, but right behind an escape of JSON or of an address."""
_KINDS: tuple[tuple[str, str], ...] = (
    (
        "pem_private_key",
        (
            r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----"
            r"(?:[^-]*(?:-(?!----)[^-]*)*-----END [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----"
            r"|(?:(?:\s|\\[nr])*[A-Za-z0-9+/=]{20,})+(?:(?:\s|\\[nr])*[A-Za-z0-9+/=]+\Z)?)"
        ),
    ),
    ("anthropic_key", _START + r"sk-ant-[A-Za-z0-9_-]{16,}"),
    ("langfuse_key", _START + r"sk-lf-[0-9a-f]{8}-[0-9a-f-]{27,}"),
    (
        "openai_key",
        _START + r"sk-(?:(?:proj|svcacct|admin|or-v1)-[A-Za-z0-9_-]{20,}|(?=[A-Za-z]*[0-9])[A-Za-z0-9]{20,})",
    ),
    ("stripe_key", _START + r"(?:[sr]k_(?:live|test)_|whsec_)[A-Za-z0-9]{16,}"),
    ("aws_key_id", _START + r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    (
        "aws_secret",
        r"(?:secret_?access_?key|SECRET_?ACCESS_?KEY|[sS]ecretAccessKey)[\"'\s:=\\]{1,8}[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])",
    ),
    ("github_token", _START + r"(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,})"),
    ("gitlab_token", _START + r"glpat-[A-Za-z0-9_-]{20,}"),
    ("google_key", _START + r"(?:AIza[A-Za-z0-9_-]{35,}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})"),
    ("slack_token", _START + r"(?:xox[a-z]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,})"),
    ("slack_hook", r"(?<=hooks\.slack\.com/services/)[A-Za-z0-9/]{20,}"),
    ("huggingface_token", _START + r"hf_[A-Za-z0-9]{30,}"),
    ("package_token", _START + r"(?:npm_[A-Za-z0-9]{36,}|pypi-[A-Za-z0-9_-]{50,})"),
    ("jwt", _START + r"eyJ[A-Za-z0-9_-]{8,1024}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    (
        "authorization",
        (
            r"(?:\b(?:[Bb]earer|BEARER)"
            r"|\b(?:[Aa]uthorization|AUTHORIZATION)[\"'\s:=\\]{1,8}(?:[Bb]asic|BASIC|[Tt]oken))"
            r"\s+(?=[A-Za-z._~+/-]*[0-9])[A-Za-z0-9._~+/-]{16,}=*"
        ),
    ),
    ("connection_password", r"://[^\s:/@\"'<>\\]{0,100}:[^\s@/\"'<>\\]{1,200}(?=@)"),
    (
        "card_number",
        (
            _START + r"(?<![0-9][.,])(?:"
            r"(?:4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|6(?:011|5[0-9]{2}|4[4-9][0-9]|2[0-9]{2})|35[2-8][0-9])"
            r"(?P<sep>[ -]?)[0-9]{4}(?P=sep)[0-9]{4}(?P=sep)[0-9]{4}"
            r"|3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}|3(?:0[0-5]|[68][0-9])[0-9]{11})(?![A-Za-z0-9]|[.,][0-9])"
        ),
    ),
)
_PATTERN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS))
_LITERALS = (
    *("_live_", "_test_", "whsec_", "AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    *("glpat-", "AIza", "ya29.", "GOCSPX-", "xox", "xapp-", "hooks.slack.com", "hf_", "npm_", "pypi-", "eyJ"),
    *(
        "PRIVATE KEY",
        "earer",
        "EARER",
        "uthorization",
        "UTHORIZATION",
        "ccess_key",
        "CCESS_KEY",
        "ccessKey",
        "accesskey",
        "ACCESSKEY",
    ),
)
_CONNECTION = re.compile(r"://[^\s:/@\"'<>\\]{0,100}:[^\s@/\"'<>\\]{1,200}@")
_SK_KEY = re.compile(r"sk-[A-Za-z0-9_-]{16}")
_DIGITS_AS_ONE = bytes.maketrans(b"0123456789", b"0" * 10)
_CARD_DIGITS = b"0" * 14
"""With `_LITERALS` and the two patterns the cheap test that nearly every text fails: each kind needs one of them."""
_SPACING = re.compile(r"\s|\\[nr]")


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
    if not may_hold_secret(text):
        return Redacted(text, {})
    counts = Counter[str]()

    def replaced(match: re.Match[str]) -> str:
        kind, found = match.lastgroup or "", match[0]
        if kind == "card_number" and not _passes_luhn(found):
            return found
        start = _secret_start(kind, found)
        if kind == "authorization" and (inner := _PATTERN.fullmatch(found, start)):
            kind = inner.lastgroup or kind
        counts[kind] += 1
        return f"{found[:start]}<SECRET:{kind}:{_digest(found[start:], salt)}>"

    while (after := _PATTERN.sub(replaced, text)) != text:
        text = after
    return Redacted(text, dict(counts))


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
    for literal in _LITERALS:
        if literal in text:
            return True
    if _CARD_DIGITS in text.encode("ascii", "replace").translate(_DIGITS_AS_ONE, b" -"):
        return True
    return _SK_KEY.search(text) is not None or _CONNECTION.search(text) is not None


def _secret_start(kind: str, found: str) -> int:
    """Where the secret begins in what the pattern needs to recognise it by."""
    match kind:
        case "connection_password":
            return found.index(":", len("://")) + 1
        case "aws_secret":
            return len(found) - 40
        case "authorization":
            return len(found) - len(found.rsplit(maxsplit=1)[-1])
        case _:
            return 0


def _digest(secret: str, salt: bytes) -> str:
    """Spacing does not count: a private key is the same one with its line ends escaped."""
    tidy = _SPACING.sub("", secret)
    return hmac.digest(salt, tidy.encode(errors="replace"), "sha256").hex()[:_DIGEST_HEX_CHARS]


def _passes_luhn(text: str) -> bool:
    digits = [int(char) for char in text if char.isdigit()]
    doubled = (digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
