"""What the words of a person or of an agent say about how a conversation goes, by phrases alone.

Rules of thumb that would rather miss than cry wolf, in English apart from a few plain phrases of other languages. Only
the beginning of a text is read, so that a long one costs no more than a short one. Knows nothing of traces. Raises
nothing.
"""

import re

READ_CHARS = 600
"""Of a message; who corrects or complains says so early."""

_NEGATION = re.compile(
    r"(?:\b(?:not|no|never|without|hardly|isn't|wasn't|don't|won't|didn't|aren't)\W+(?:\w+\W+){0,2})$"
)
_QUOTED = re.compile(r"\"[^\"\n]{0,200}\"|“[^”\n]{0,200}”|`[^`\n]{0,200}`|^>[^\n]*$", re.MULTILINE)

_OPENER = r"^\W*(?:(?:sorry|hmm+|oh|wait|well|hey|hold on|um+|hi|but|thanks|thank you)\b\W{0,3}){0,2}"

_CORRECTION = re.compile(
    _OPENER + r"(?:"
    r"no\b\W{0,4}(?:no\b\W{0,4})?(?:i (?:meant?|said|asked|wanted|was asking|was talking)\b|not (?:that|this|the|what)\b"
    r"|(?:that|this|it)(?:'s| is| was)(?:n't| not) (?!all\b|necessary|needed|a problem|the case|required)|you\b(?! can\b))"
    r"|(?:that's |that is |it's |this is )?(?:wrong|incorrect)\b(?![^.!\n]{0,80}\?)"
    r"|actually\W{1,3}(?:no\b|i (?:meant?|said|asked)\b|(?:it|that)(?:'s| is) (?:not|supposed)\b|you\b(?! can\b))"
    r"|nein\W{1,3}(?:ich meinte|nicht (?:das|so)|das (?:ist|war|stimmt) nicht)|das (?:ist falsch|stimmt nicht)"
    r"|no\W{1,3}(?:quise decir|me refer[ií]a|eso no)|eso no es (?:lo que|correcto)|est[áa] mal\b"
    r"|non\W{1,3}(?:je voulais|ce n'est pas)|ce n'est pas (?:ce que|correct|bon)|c'est faux"
    r"|n[ãa]o foi isso|est[áa] errado|non è (?:quello|corretto)|è sbagliato"
    r"|нет\W{1,3}(?:я имел|не т)|это (?:неправильно|неверно)"
    r"|不对|错了|不是这个|我说的是|違います|そうじゃな|그게 아니"
    r")"
    r"|\b(?:that|this|it)(?:'s| is| was)(?: not|n't) (?:exactly |really |quite )?(?:what|how|the \w+(?: \w+)?) (?:that )?"
    r"i (?:asked|meant?|wanted|said|requested|needed?|had in mind|was asking|was looking)\b"
    r"|\bnot what i (?:asked|meant|wanted|said|requested|was asking)\b"
    r"|(?<!when )(?<!if )\bi (?:never|did not|didn't) (?:ask(?:ed)?|request(?:ed)?|agree(?:d)?|authori[sz]ed?|say|said)\b"
    r"(?! whether| if)"
    r"|\bi (?:already|just) (?:told|said|gave you|mentioned|explained|asked (?:you|for)|provided)\b"
    r"|\b(?:as|like) i (?:already |just |have )?(?:said|told you)\b"
    r"|\bi (?:told you|specifically (?:asked|said)|clearly (?:said|asked)|asked you (?:to|not to|for))\b"
    r"|\byou(?:'ve| have)? (?:misunderstood|misread|forgot|misheard|overlooked|got (?:it|that|this) wrong"
    r"|made an? (?:\w+ )?(?:mistake|error)|(?:booked|picked|used|chose|changed|edited|deleted|cancelled|canceled|sent"
    r"|gave me|did) (?:me )?the wrong)\b"
    r"|\b(?:that|this|which)(?:'s| is| was)(?: still| also)? (?:wrong|incorrect)(?=\W*(?:[.!,;]|$))"
    r"|\bthere (?:seems to be|must be|appears to be|might be|may be|has been|is) (?:a|some)(?: slight| small)? "
    r"(?:mistake|misunderstanding|mix-?up|confusion)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"\b(?:if|unless|whether|in case|make sure|let me know if)\b[^.!?\n]{0,40}$", re.IGNORECASE)

_FEELING = re.compile(
    r"\b(?:ridiculous|unacceptable|outrageous|absurd|frustrat(?:ed|ing)|infuriating|disappoint(?:ed|ing)|fed up|annoy(?:ed|ing)"
    r"|useless|(?:terrible|awful|horrible|poor|worst) (?:\w+ )?(?:service|experience|support|answer|job)"
    r"|waste of (?:my |everyone's )?time|wasting my time|i(?:'m| am) (?:\w+ )?(?:upset|angry|unhappy)"
    r"|(?:file|make) a (?:formal )?complaint|makes no sense|doesn't make (?:any )?sense|how many times"
    r"|unversch[äa]mt|l[äa]cherlich|inaceptable|inacceptable|inaceit[áa]vel|rid[íi]culo|inaccettabile|vergogn\w+"
    r"|возмутительно|безобразие)\b|太差|受不了|投诉|最悪|ひどい",
    re.IGNORECASE,
)
_NOT_CONTENT = re.compile(
    r"\bi(?:'m| am) not (?:\w+ )?(?:happy|satisfied|pleased|impressed)\b"
    r"|\b(?:is|are|was|were)(?: not|n't) (?:\w+ )?(?:helpful|helping|listening|understanding) ?(?:me|at all)?(?=\W*(?:[.!,;]|$))"
    r"|\bstill (?:not|isn't|doesn't|does not|won't|can't|cannot) (?:work\w*|fixed|resolved|right|correct|loading|there)\b"
    r"|\b(?:it|that|this)(?: still)? (?:did not|didn't|does not|doesn't|isn't|is not) (?:work(?:ing)?|help(?:ing)?|fix \w+)"
    r"(?=\W*(?:[.!,;]|at all|either|for me|$))"
    r"|\bfunktioniert (?:immer )?noch nicht\b|\bsigue sin funcionar\b|\bne (?:marche|fonctionne) toujours pas\b",
    re.IGNORECASE,
)
_WANTS_PERSON = re.compile(
    r"\b(?:speak|talk|chat) (?:to|with) (?:a |an |your |the |some)?(?:real |live |actual |human |another )?"
    r"(?:human|person|people|agent|representative|supervisor|manager|someone else)\b"
    r"|\b(?:transfer|connect|escalate|put) (?:me|this|it)(?: through)? (?:to|with) (?:a |an |your |the |some)?"
    r"(?:real |live |actual |human |another )?(?:human|person|agent|representative|supervisor|manager|someone)\b"
    r"|\b(?:want|need|get me|give me) (?:a |an )(?:real |live |actual )?(?:human|person|supervisor|manager)\b"
    r"|\bmit einem (?:menschen|mitarbeiter) sprechen\b|\bhablar con (?:una persona|un agente|un humano)\b"
    r"|\bparler à (?:un humain|une personne|un conseiller)\b|转人工|人工客服",
    re.IGNORECASE,
)

_BACKTRACK = re.compile(
    r"\b(?:i (?:sincerely |deeply |do )?apologi[sz]e|(?:my|sincere|our) apologies|(?:i'm|i am) (?:so |very |really )?sorry)"
    r"[^.!?\n]{0,25} (?:for|about) (?:the |my |any |that |this |some )?(?:earlier |previous |initial |prior )?"
    r"(?:\w+ )?(?:confusion|error|errors|mistake|mistakes|oversight|misunderstanding|mix-?up|misinformation"
    r"|incorrect|miscommunication)\b"
    r"|\bmy (?:mistake|bad|error)\b|\bi (?:made|have made|had made|did make) an? (?:\w+ )?(?:mistake|error)\b"
    r"|\bi (?:misread|misunderstood|mistakenly|incorrectly|was wrong|was mistaken|stand corrected|should have)\b"
    r"|\byou(?:'re| are) (?:absolutely |completely |totally |quite )?right\b(?=[^.!?\n]{0,60}(?:[.!,;—-]|$))"
    r"|\bmein fehler\b|\bmi error\b|\bmon erreur\b|\bmeu erro\b|我弄错了|我搞错了|моя ошибка",
    re.IGNORECASE,
)

_GIVEN_UP = re.compile(
    r"\b(?:i|we)(?:'m| am| was|'re| are| were| have been)? (?:still )?(?:unable|not able|failed) to\b"
    r"|\bi (?:could not|couldn't|can't|cannot|was not able to|wasn't able to|did not manage to) (?:seem to )?"
    r"(?:find|complete|access|determine|proceed|locate|resolve|finish|solve|retrieve|fix|reproduce|continue|open|connect"
    r"|process|verify|answer|get (?:it|this|the)|make (?:it|this))\b"
    r"|\b(?:i give up|i'm giving up|giving up\b|gave up on)"
    r"|\b(?:maximum|max) (?:number of )?(?:steps|turns|iterations|retries|attempts)\b[^.\n]{0,40}\b(?:reached|exceeded|hit)\b"
    r"|\b(?:reached|exceeded|hit) (?:the |my )?(?:maximum|max|step|turn|iteration) "
    r"|^(?:error|exception|fatal)\s*:|^traceback \(most recent call last\)|\bagent stopped due to\b",
    re.IGNORECASE | re.MULTILINE,
)


def corrects(message: str) -> bool:
    """Whether a person's message, said after the agent's turn, sets the agent right."""
    text = _plain(message)
    return any(not _CONDITION.search(text[: found.start()]) for found in _CORRECTION.finditer(text))


def is_dissatisfied(message: str) -> bool:
    """Whether a person's message complains, is frustrated, or asks for a human."""
    text = _plain(message)
    if _NOT_CONTENT.search(text) or _WANTS_PERSON.search(text):
        return True
    return any(
        not _NEGATION.search(text[max(0, found.start() - 40) : found.start()].lower())
        for found in _FEELING.finditer(text)
    )


def backtracks(message: str) -> bool:
    """Whether an agent's message takes something back; regret about a rule or a delay does not."""
    return _BACKTRACK.search(_plain(message)) is not None


def gives_up(message: str) -> bool:
    """Whether an agent's last message says that it did not get there, or shows an error instead of an answer."""
    text = message.replace("\u2019", "'")
    ends = text if len(text) <= 2 * READ_CHARS else f"{text[:READ_CHARS]}\n{text[-READ_CHARS:]}"
    return _GIVEN_UP.search(ends) is not None


def _plain(message: str) -> str:
    """The beginning, without what it quotes."""
    return _QUOTED.sub(" ", message[:READ_CHARS].replace("\u2019", "'"))
