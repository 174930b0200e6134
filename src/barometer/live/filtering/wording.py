"""What titles of the same story have in common, however an outlet words it: labels, numbers, spelling, inflection.

Tables are curated from headlines of 2013 to 2026; every word is brought to its stem, in the tables and in titles alike.
"""

import re
from decimal import Decimal
from functools import lru_cache

_LABELS = (
    r"breaking(?: news)?|just in|(?:the )?latest|update[ds]?|exclusive|watch|listen|live(?: updates?)?|developing|"
    r"(?:news |price )?alert|flash|urgent|reports?|opinion|op-ed|analysis|video|podcast|correct(?:ion|ed)|refile|recap|"
    r"must[ -]read|sponsored|press release|wrap-?up|factbox|explainer|rpt|brief|insight|interesting|new|now|news"
)
# "UPDATE 1-" without a space is a label, "Live-" and "Now-" begin a word.
_LABEL = re.compile(
    rf"(?:[\[(]#?(?:{_LABELS})(?: ?\d{{1,2}})?\s*[\])]|"
    rf"#?(?:{_LABELS})(?: ?\d{{1,2}} ?-|(?: ?\d{{1,2}})?(?:\s*[\u2013\u2014|:!~\u2022]| -|- ))|"
    r"#?(?-i:BREAKING|JUST IN|UPDATE|EXCLUSIVE|LATEST)(?:\s+\d{1,2})?(?=\W))[\s\u2013\u2014|:!~\u2022-]*",
    re.IGNORECASE,
)
_LEADING_SIGNS = re.compile(r"^[^\w$€£¥₿#(\[+-]+")
_TRAILER = re.compile(
    r"\s?[|:\u2013\u2014-]?\s?"
    rf"(?:[\[(]\s*(?:(?:{_LABELS}|photos?|infographic|full text)(?: ?\d{{1,2}})?|[\d,]{{1,9}} comments?)\s*[\])]|"
    r"\b\d[\d,]{0,8} comments?)$",
    re.IGNORECASE,
)
_TAIL = re.compile(r"^(?P<title>.*\S) (?:[|\u2013\u2014\u00bb\u00b7-]|::) (?P<tail>\S[^|]{0,39})$")
_TAIL_SIGN = re.compile(r" (?:[|\u2013\u2014\u00bb\u00b7-]|::) ")
# Words that names of outlets are made of.
_OUTLET = re.compile(
    r"coin|crypto|bitcoin|btc|block|news|daily|times|post|journal|insider|magazine|wire|today|telegraph|decrypt|forbes|"
    r"fortune|reuters|bloomberg|cnbc|cnn|bbc|yahoo|finance|guardian|axios|wsj|barron|defiant|dl ?news|beincrypto|"
    r"benzinga|investing|press|media|herald|gazette|tribune|review|report|watch|economist|nikkei|\.(?:com|io|co|net|org)\b",
    re.IGNORECASE,
)
_NO_OUTLET = re.compile(
    r"(?:coin(?:base|check|one|shares|ex|dcx)|bitcoin|crypto(?:\.com)?|block(?:fi|stream|chain(?:\.com)?)?|finance)\b",
    re.IGNORECASE,
)
_CAPITAL_WORD = re.compile(r"[A-Z0-9][\w.'&-]*$|(?:of|the|and|&)$")

_SCALES = {
    "k": 3, "thousand": 3, "m": 6, "mn": 6, "mm": 6, "mln": 6, "mil": 6, "million": 6, "b": 9, "bn": 9, "bln": 9,
    "billion": 9, "t": 12, "tn": 12, "trn": 12, "trillion": 12, "lakh": 5, "crore": 7,
}  # fmt: skip
_UNITS = {
    "%": "%", "percent": "%", "per cent": "%", "pct": "%", "pc": "%", "€": "€", "euro": "€", "euros": "€", "eur": "€",
    "£": "£", "gbp": "£", "pound": "£", "pounds": "£", "¥": "¥", "yen": "¥",
    "$": "", "us$": "", "usd": "", "dollar": "", "dollars": "", "": "",
}  # fmt: skip
_FIRST_NUMBERS = """
two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMBER_WORDS = {word: str(number) for number, word in enumerate(_FIRST_NUMBERS.split(), start=2)} | {
    word: str(10 * number) for number, word in enumerate(_TENS.split(), start=2)
}
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(
    r"(?<![\w.,])(?:(?:(?<=\s)|^)(?P<sign>[-+]))?(?P<currency>us\$|usd ?|eur ?|gbp ?|[$€£¥])?\s?"
    r"(?P<digits>\d{1,3}(?:,\d{3}){1,8}(?:\.\d{1,12})?|\d{1,24}(?:\.\d{1,12})?)"
    r"(?:(?P<letter>k|m|mm|b|bln|t|tn|trn)|"
    r"[ -]?(?P<scale>thousand|mil|mln|million|mn|billion|bn|trillion|lakh|crore))?"
    r"(?:\s?%|[ -]?(?P<unit>per ?cent|pct|pc|dollars?|usd|euros?|eur|pounds?|gbp|yen))?(?![\w%]|[.,]\d)",
    re.IGNORECASE,
)
ORDINALS = {"first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th"}

_PREFIX = re.compile(r"\b(co|re|pre|anti|non|de|un|multi|cross|crypto)-(?=[a-z])", re.IGNORECASE)
_COMPOUND = re.compile(
    r"\b(stable|meme|alt)[ -](coins?)\b|\b(block|side|on|off)[ -](chain)\b|\b(main|test)[ -](net)\b", re.IGNORECASE
)
_DOTTED = re.compile(r"\b(?:[A-Za-z]\.){2,}")
_STATES = re.compile(r"\bUnited States\b|\bUSA\b|\bU\.S(?:\.A)?\b\.?")

# British and American spelling. What a rule does to other words is harmless: it does it in every title.
_SPELLINGS = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        (r"^programme", "program"),
        (r"is(?=e$|e[ds]$|ing$|ation|er$|ers$)", "iz"),
        (r"ys(?=e$|e[ds]$|ing$)", "yz"),
        (r"^((?:lic|def|off|pret))ence", r"\1ense"),
        (r"^((?:dis)?(?:col|fav|lab|hon|rum|behavi|neighb|harb|endeav|hum|vap|arm))our", r"\1or"),
        (r"^((?:epi)?cent|met|fib|theat|lit|calib)re(s?)$", r"\1er\2"),
        (r"^(cancel|label|model|travel|signal|fuel|level|channel|total|rival|equal|counsel)l(?=ed|ing|er|or)", r"\1"),
        (r"^(ful|ins?t|en)(fi|a|ro)l(?=s?$|ment)", r"\1\2ll"),
        (r"ogue(s?)$", r"og\1"),
        (r"^cheque", "check"),
        (r"^grey", "gray"),
        (r"^sceptic", "skeptic"),
        (r"(judg|acknowledg)ement", r"\1ment"),
        (r"^ageing$", "aging"),
        (r"^whilst$", "while"),
    )
)  # fmt: skip
_IRREGULAR_FORMS = """
fell:fall fallen:fall rose:rise risen:rise sold:sell bought:buy stole:steal stolen:steal won:win lost:lose made:make
said:say saw:see seen:see took:take taken:take held:hold paid:pay froze:freeze frozen:freeze went:go gone:go
came:come got:get gave:give given:give led:lead left:leave lent:lend met:meet sank:sink sunk:sink shook:shake
slid:slide spent:spend stood:stand struck:strike swung:swing told:tell broke:break broken:break began:begin
begun:begin built:build caught:catch chose:choose chosen:choose drew:draw drove:drive fought:fight found:find
grew:grow grown:grow kept:keep knew:know sent:send shut:shut sought:seek spoke:speak suing:sue dying:die lying:lie
men:man women:woman people:people withdrew:withdraw withdrawn:withdraw
"""
_IRREGULAR = dict(pair.split(":") for pair in _IRREGULAR_FORMS.split())
_UNCHANGED = frozenset({"news", "does", "this", "his", "was", "has", "us", "as", "plus"})
_VOWEL = re.compile(r"[aeiouy]")


def bare_title(title: str) -> tuple[str, str]:
    """Return a normalised title without labels, counts of comments and outlet, and an unknown last part.

    "UPDATE 1-Pool drained (3 comments) - CoinDesk" is ("Pool drained", ""); "Pool drained - Analyst" is ("Pool
    drained", "Analyst"): the end may name a source, or the one whom the news is about.
    """
    text, end = _split_tail(_without_trailers(title))
    return _without_labels(_without_trailers(text)), end


def _without_labels(title: str) -> str:
    text = _LEADING_SIGNS.sub("", title)
    while (match := _LABEL.match(text)) and (rest := _LEADING_SIGNS.sub("", text[match.end() :])):
        text = rest
    return text


def _without_trailers(title: str) -> str:
    while title.endswith((")", "]", "s", "S", "t", "T")) and (match := _TRAILER.search(title)) and match.start():
        title = title[: match.start()]
    return title


def _split_tail(title: str) -> tuple[str, str]:
    match = _TAIL_SIGN.search(title) and _TAIL.match(title)
    if not match or len(match["title"].split()) < 3:
        return title, ""
    words = match["tail"].split()
    if len(words) > 4 or not all(_CAPITAL_WORD.match(word) for word in words):
        return title, ""
    is_outlet = _OUTLET.search(match["tail"]) and not _NO_OUTLET.fullmatch(match["tail"])
    return match["title"], "" if is_outlet else match["tail"]


def plain_numbers(title: str) -> tuple[str, list[tuple[str, bool]]]:
    """Return a title without its numbers, and each number in one form with whether it is a sum of money.

    "$60K", "$60,000" and "60 thousand dollars" are 60000; "5 per cent" is "5%", "EUR 2m" is "2000000€".
    """
    found: list[tuple[str, bool]] = []
    if not _DIGIT.search(title):
        return title, found

    def take(match: re.Match[str]) -> str:
        found.append(_number(match))
        return " "

    return _NUMBER.sub(take, title), found


def _number(match: re.Match[str]) -> tuple[str, bool]:
    power = _SCALES[(match["letter"] or match["scale"] or "").lower()] if match["letter"] or match["scale"] else 0
    value = Decimal(match["digits"].replace(",", "")).scaleb(power)
    currency = (match["currency"] or "").strip().lower()
    word = re.sub(r"^per ?cent$", "%", (match["unit"] or "").lower())
    percent = "%" if match[0].rstrip().endswith("%") else ""
    unit = _UNITS[percent or word or currency]
    sign = "-" if match["sign"] == "-" else ""
    return f"{sign}{value.normalize():f}{unit}", bool(currency or word not in {"", "%", "pct", "pc"})


def plain_words(text: str) -> str:
    """Return a text with compounds, prefixes and abbreviations in one form: "co-founder", "stable coin", "U.S."."""
    if "." in text or "US" in text or "Uni" in text:
        text = _DOTTED.sub(lambda match: match[0].replace(".", ""), _STATES.sub("US", text))
    if "-" in text:
        text = _PREFIX.sub(r"\1", text)
    return _COMPOUND.sub(lambda match: "".join(filter(None, match.groups())), text)


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return what a word in small letters has in common with its other spellings and inflections.

    Light on purpose: "approval" is not "approve", and "delist" is not "list".
    """
    word = _IRREGULAR.get(word, word)
    for pattern, new in _SPELLINGS:
        word = pattern.sub(new, word)
    if len(word) < 4 or word in _UNCHANGED or not word.isalpha():
        return word
    word = _without_ending(word)
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def _without_ending(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if re.search(r"(?:ss|x|[cs]h)es$", word):
        return word[:-2]
    if re.search(r"[^suia]s$", word):
        return word[:-1]
    if word.endswith("ied") and len(word) > 4:
        return f"{word[:-3]}y"
    for ending in ("ing", "ed"):
        root = word.removesuffix(ending)
        if root != word and len(root) > 2 and _VOWEL.search(root):
            return root[:-1] if re.search(r"([bdgmnprt])\1$", root) else root
    return word[:-1] if word.endswith("ed") else word


def stems(words: str) -> frozenset[str]:
    """The stems of words in a string."""
    return frozenset(map(stem, words.split()))
