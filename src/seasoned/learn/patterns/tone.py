"""What the words of a person or of an agent say about how a conversation goes, by phrases alone.

Rules of thumb that would rather miss than cry wolf, in English apart from a few plain phrases of other languages. Only
the beginning of a text is read (and the end of an agent's last one), so that a long one costs no more than a short one,
and no phrase repeats anything without a bound. Knows nothing of traces. Raises nothing.
"""

import re

from seasoned.learn.patterns.intent import assents

READ_CHARS = 600
"""Of a message; who corrects or complains says so early."""


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases), re.IGNORECASE | re.MULTILINE)


_QUOTED = _any(r"\"[^\"\n]{0,200}\"", r"“[^”\n]{0,200}”", r"`[^`\n]{0,200}`", r"^>[^\n]{0,600}$")
_BEFORE_NEGATED = re.compile(
    r"(?:\b(?:not|no|never|without|hardly|nothing|isn't|wasn't|don't|won't|didn't|aren't)\W+(?:\w+\W+){0,2})$",
    re.IGNORECASE,
)
_BEFORE_CONDITION = re.compile(
    r"\b(?:if|unless|whether|in case|make sure|to check|ensure|when|i (?:think|thought|believe) i)\b[^.!?\n]{0,40}$",
    re.IGNORECASE,
)

_OPENER = r"\A\W*(?:(?:sorry|hmm+|oh|wait|well|hey|hold on|um+|hi|but|thanks|thank you)\b\W{0,3}){0,2}"
_END = r"(?=\W*(?:[.!,;]|$))"
_MISTAKE = r"(?:confusion|errors?|mistakes?|oversight|misunderstanding|mix-?up|misinformation|miscommunication)"

_CORRECTIONS_FIRST = (
    # Refusals and answers begin with "no" too; these say what was meant.
    r"no\b\W{0,4}(?:no\b\W{0,4})?i (?:meant?|said|asked|wanted|was asking|was talking)\b",
    r"no\b\W{0,4}(?:no\b\W{0,4})?(?:not (?:that|this|the|what)\b|you\b(?! can\b))",
    r"no\b\W{0,4}(?:that|this)(?:'s| is)(?:n't| not) (?!all\b|necessary|needed|a problem|the case|required)",
    r"(?:that's |that is |it's |this is )?(?:wrong|incorrect)\b(?![^.!\n]{0,80}\?)",
    r"actually\W{1,3}(?:no\b|i (?:meant?|said|asked|wanted|was (?:looking|asking|talking))\b)",
    r"actually\W{1,3}(?:it|that)(?:'s| is) (?:not|supposed)\b",
    r"nein\W{1,3}(?:ich meinte|nicht (?:das|so)|das (?:ist|war|stimmt) nicht)|das (?:ist falsch|stimmt nicht)",
    r"no\W{1,3}(?:quise decir|me refer[ií]a|eso no)|eso no es (?:lo que|correcto)|est[áa] mal\b",
    r"non\W{1,3}(?:je voulais|ce n'est pas)|ce n'est pas (?:ce que|correct|bon)|c'est faux",
    r"n[ãa]o foi isso|est[áa] errado|non è (?:quello|corretto)|è sbagliato",
    r"нет\W{1,3}(?:я имел|не т)|это (?:неправильно|неверно)",
    r"不对|错了|不是这个|我说的是|違います|そうじゃな|그게 아니",
)
"""At the beginning of a message."""
_CORRECTION = _any(
    _OPENER + "(?:" + "|".join(_CORRECTIONS_FIRST) + ")",
    r"\b(?:that|this|it)(?:'s| is| was)(?: not|n't) (?:exactly |really |quite )?(?:what"
    r"|how|the \w+(?: \w+)?) (?:that )?i "
    r"(?:asked|meant?|wanted|said|requested|needed?|had in mind|was asking|was looking)\b",
    r"\bnot what i (?:asked|meant|wanted|said|requested|was asking)\b",
    r"\bi (?:never|did not|didn't) (?:ask(?:ed)?|request(?:ed)?|agree(?:d)?|authori[sz]ed?|say|said)\b(?! whether| if)",
    r"\bi (?:already|just) (?:told|said|gave you|mentioned|explained|asked (?:you|for)|provided)\b",
    r"\b(?:as|like) i (?:already |just |have )?(?:said|told you)\b",
    r"\bi (?:told you|specifically (?:asked|said)|clearly (?:said|asked)|asked you (?:to|not to|for))\b",
    r"\byou(?:'ve| have)? (?:misunderstood|misread|forgot|misheard|overlooked|got (?:it|that|this) wrong)\b",
    r"\byou(?:'ve| have)? (?:made|did) an? (?:\w+ )?(?:mistake|error)\b",
    r"\byou(?:'ve| have)? (?:booked|picked|used|chose|changed|edited|deleted|cancell?ed|sent|gave|did) (?:me )?"
    r"the wrong\b",
    r"\b(?:that|this|which)(?:'s| is| was)(?: still| also)? (?:wrong|incorrect)" + _END,
    r"\b(?:there (?:seems to be|must be|appears to be|might be|may be|has been|is)|we(?:'re| are) encountering)"
    r" (?:a|some)(?: slight| small)? (?:mistake|misunderstanding|mix-?up|confusion)\b",
)
_FEELING = _any(
    r"\b(?:ridiculous|unacceptable|outrageous|absurd|frustrat(?:ed|ing)|infuriating|disappoint(?:ed|ing))\b",
    r"\b(?:fed up|annoy(?:ed|ing)|useless|waste of (?:my |everyone's )?time|wasting my time|how many times)\b",
    r"\b(?:terrible|awful|horrible|poor|worst) (?:\w+ )?(?:service|experience|support|answer|job)\b",
    r"\bi(?:'m| am) (?:\w+ )?(?:upset|angry|unhappy)\b",
    r"\b(?:(?:file|make) a (?:formal )?complaint|makes no sense|doesn't make (?:any )?sense)\b",
    r"\b(?:unversch[äa]mt|l[äa]cherlich|inacc?eptable|inaceit[áa]vel|rid[íi]culo|inaccettabile|vergogn\w{1,8})\b",
    r"\b(?:возмутительно|безобразие)\b|太差|受不了|投诉|最悪|ひどい",
)
_NOT_CONTENT = _any(
    r"\bi(?:'m| am) not (?:\w+ )?(?:happy|satisfied|pleased|impressed)\b",
    r"\b(?:is|are|was|were)(?: not|n't) (?:\w+ )?(?:helpful|helping|listening|understanding)(?: me| at all)?" + _END,
    r"\bstill (?:not|isn't|doesn't|does not|won't|can't) (?:work\w{0,3}|fixed|resolved|right|correct|loading|there)\b",
    r"\b(?:it|that|this)(?: still)? (?:did not|didn't|does not|doesn't|isn't|is not) (?:work(?:ing)?|help(?:ing)?)"
    r"(?=\W*(?:[.!,;]|at all|either|$))",
    r"\bfunktioniert (?:immer )?noch nicht\b|\bsigue sin funcionar\b|\bne (?:marche|fonctionne) toujours pas\b",
)
_SOMEBODY = r"(?:a |an |your |the |some)?(?:real |live |actual |human |another )?"
_PERSON = r"(?:human|person|people|agent|representative|supervisor|manager|someone)\b"
_WANTS_PERSON = _any(
    r"\b(?:speak|talk|chat) (?:to|with) " + _SOMEBODY + _PERSON,
    r"\b(?:transfer|connect|escalate|put) (?:me|this|it)(?: through)? (?:to|with) " + _SOMEBODY + _PERSON,
    r"\b(?:want|need|get me|give me) an? (?:real |live |actual )?(?:human|person|supervisor|manager)\b(?!')",
    r"\bmit einem (?:menschen|mitarbeiter) sprechen\b|\bhablar con (?:una persona|un agente|un humano)\b",
    r"\bparler à (?:un humain|une personne|un conseiller)\b|转人工|人工客服",
)
_BACKTRACK = _any(
    r"\b(?:i (?:sincerely |deeply )?apologi[sz]e|(?:my|sincere|our) apologies|i(?:'m| am) (?:so |very |really )?sorry)"
    r" (?:for|about) (?:the |my |any |that |this |some )?(?:\w+ ){0,2}" + _MISTAKE + r"\b",
    r"\bmy (?:mistake|bad)\b|\bi(?: have|'ve| had| did)? ma[dk]e an? (?:\w+ )?(?:mistake|error)\b",
    r"\bi (?:misread|misunderstood|mistakenly|incorrectly|was wrong|was mistaken|stand corrected)\b",
    r"\byou(?:'re| are) (?:absolutely|completely|totally|quite) right\b|\A\W*you(?:'re| are) right\b",
    r"\bmein fehler\b|\bmi error\b|\bmon erreur\b|\bmeu erro\b|我弄错了|我搞错了|моя ошибка",
)
_GIVEN_UP = _any(
    r"\b(?:i|we)(?:'m| am| was|'re| are| were| have been)? (?:still )?(?:unable|not able|failed) to\b",
    r"\bi (?:could not|couldn't|was not able to|wasn't able to|did not manage to) (?:seem to )?(?:find|complete|access"
    r"|determine|proceed|locate|resolve|finish|solve|retrieve|fix|reproduce|continue|open|connect|process|verify|answer"
    r"|get (?:it|this|the)|make (?:it|this))\b",
    r"\bi (?:cannot|can't) (?:find|complete|access|determine|proceed|locate|resolve|finish|solve|retrieve|reproduce)\b",
    r"\b(?:i give up|i'm giving up|i gave up)\b",
    r"\bi(?:'ve| have)? (?:encountered|ran into|hit) an? (?:\w+ )?(?:error|problem)\b",
    r"\b(?:maximum|max) (?:number of )?(?:steps|turns|iterations|attempts) [^.\n]{0,40}(?:reached|exceeded|hit)\b",
    r"\b(?:reached|exceeded|hit) (?:the |my )?(?:maximum|max|step|turn|iteration) ",
    r"^(?:error|exception|fatal)\s?:|^traceback \(most recent call last\)|\bagent stopped due to\b",
)


def corrects(message: str) -> bool:
    """Whether a person's message, said after the agent's turn, sets the agent right."""
    text = _plain(message)
    return any(not _BEFORE_CONDITION.search(_before(text, found)) for found in _CORRECTION.finditer(text))


def is_dissatisfied(message: str) -> bool:
    """Whether a person's message complains, is frustrated, or asks for a human."""
    text = _plain(message)
    # Who says yes to a person accepts what the agent offered.
    if _NOT_CONTENT.search(text) or (_WANTS_PERSON.search(text) and not assents(text)):
        return True
    return any(not _BEFORE_NEGATED.search(_before(text, found)) for found in _FEELING.finditer(text))


def backtracks(message: str) -> bool:
    """Whether an agent's message takes something back; regret about a rule or a delay does not."""
    return _BACKTRACK.search(_plain(message)) is not None


def gives_up(message: str) -> bool:
    """Whether an agent's last message says that it did not get there, or shows an error instead of an answer."""
    text = message if len(message) <= 2 * READ_CHARS else f"{message[:READ_CHARS]}\n{message[-READ_CHARS:]}"
    return _GIVEN_UP.search(text.replace("\u2019", "'")) is not None


def _before(text: str, found: re.Match[str]) -> str:
    return text[max(0, found.start() - 60) : found.start()]


def _plain(message: str) -> str:
    """The beginning, without what it quotes."""
    return _QUOTED.sub(" ", message[:READ_CHARS].replace("\u2019", "'"))
