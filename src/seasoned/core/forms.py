"""The forms of what belongs to one case alone: e-mail addresses, dates, amounts, identifiers.

What a skill may not hold and what is no likeness between two tasks. Pure; knows nothing of runs and raises nothing.
"""

import re

FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an e-mail address", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.]*\w")),
    (
        "a date",
        re.compile(
            r"\b(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}\b|\b\d{1,2}[/.]\d{1,2}[/.](?:19|20)\d\d\b"
            r"|\b(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar"
            r"|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)\.? \d{1,2}(?:st|nd|rd|th)?\b(?:,? (?:19|20)\d\d)?"
        ),
    ),
    (
        "an amount",
        # Only at the beginning of a number, so that a long row of numbers is read once.
        re.compile(
            r"[$€£]\s?\d[\d,]*(?:\.\d+)?\b"
            r"|(?<!\d,)\b\d[\d,]*\.\d\d\b(?!%)"
            r"|(?<!\d[,.])\b\d[\d,.]* ?(?:USD|EUR|GBP)\b"
        ),
    ),
    (
        "an identifier",
        re.compile(
            r"(?<![\w-])#?(?:"
            r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}"  # a UUID
            r"|[a-z]+(?:_[a-z]+)*_\d{3,}"  # mia_li_3668
            r"|[A-Z]{1,5}-?\d{3,}[A-Z\d]*|#[A-Z\d]{4,}"  # RX-20931, R6305, #W77
            r"|(?=[A-Z\d]*\d)(?=[A-Z\d]*[A-Z])[A-Z\d]{6}"  # EHGLP3
            r"|\d{5,}"
            r")(?![\w-])"
        ),
    ),
)
TECHNICAL = re.compile(
    r"(?:SHA|MD|UTF|ISO|RFC|HTTP|IPV|BASE|AES|RSA|CP|GPT|PEP|CVE)-?\d+\w*|H26[45]|\d+0{3,}", re.IGNORECASE
)
"""Names of standards, and round numbers such as a limit of 20000 characters."""
