"""Characters that look like nothing, or like a Latin letter, and hide a word from whoever searches for it."""

import re
import unicodedata

# Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt, version 16), without the surrogates; and the
# interlinear annotation characters, which show nothing either.
_INVISIBLE_RANGES = (
    (0x00AD, 0x00AD),  # soft hyphen
    (0x034F, 0x034F),  # combining grapheme joiner
    (0x061C, 0x061C),  # Arabic letter mark
    (0x115F, 0x1160),  # Hangul fillers
    (0x17B4, 0x17B5),  # inherent vowels of Khmer
    (0x180B, 0x180F),  # Mongolian variation selectors and vowel separator
    (0x200B, 0x200F),  # zero-width space, non-joiner and joiner, marks of direction
    (0x202A, 0x202E),  # embeddings and overrides of direction
    (0x2060, 0x206F),  # word joiner, invisible operators, isolates of direction
    (0x3164, 0x3164),  # Hangul filler
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFEFF, 0xFEFF),  # byte order mark
    (0xFFA0, 0xFFA0),  # half-width Hangul filler
    (0xFFF0, 0xFFFB),  # unassigned, and interlinear annotation
    (0x1BCA0, 0x1BCA3),  # shorthand format controls
    (0x1D173, 0x1D17A),  # musical format controls
    (0xE0000, 0xE0FFF),  # tags, variation selectors supplement
)
_INVISIBLE = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in _INVISIBLE_RANGES) + "]+")

# Letters that Unicode's confusables.txt (version 16) maps to a Latin one, of the scripts that stand in for Latin in
# practice. These are drawn as the Latin letter is in most typefaces:
_TWINS = {
    "АВЕЅІЈКМНОРСТХУҮԌԜԚѴӀ": "ABESIJKMHOPCTXYYGWQVI",
    "асеорхуүѕіјһԁԛԝѵӏ": "aceopxyysijhdqwvl",
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧͿ": "ABEZHIKMNOPTYXJ",
    "οϳ": "oj",
    "ՏՍՕօսհ": "SUOouh",
    "ᎪᏴᏟᎠᎬᏀᎻᎥᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᏃᎩᏎ": "ABCDEGHiJKLMPRSTVWZYS",
    "ꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ": "BPDTGKJCZFMNLSRVHWXYAEIOU",
}
# These only resemble it, or differ in small letters: they count in a word that has Latin letters, too.
_COUSINS = {
    "вгкмнптьЬԍ": "brkmnntbbg",
    "αγεηικνρστυχως": "ayenikvpotuxwc",
    "ոռցզգքա": "nngqqfw",
    "ᏒᎦᏮᏏᏂ": "RSBbh",
}
# Latin letters in a costume that NFKC leaves on: small capitals, and letters in filled shapes.
_COSTUMES = {
    "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢɑɡ": "abcdefghijklmnopqrstuvwyzag",
    "".join(map(chr, range(0x1F150, 0x1F16A))): "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "".join(map(chr, range(0x1F170, 0x1F18A))): "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
}


def _table(*groups: dict[str, str]) -> dict[int, str]:
    pairs = (zip(map(ord, strange), latin, strict=True) for group in groups for strange, latin in group.items())
    return {code: letter for group in pairs for code, letter in group}


_TWIN = _table(_TWINS)
_LIKE = _table(_TWINS, _COUSINS)
_COSTUME = _table(_COSTUMES)
# A title that holds none of these has nothing to fold.
_STRANGE = re.compile("[" + "".join(map(chr, sorted(_LIKE | _COSTUME))) + "]")
_WORD = re.compile(r"[^\W_]+")


def delete_invisible(text: str) -> str:
    """Return a text without the characters that show nothing, so that "Bit<U+200B>coin" is one word."""
    return _INVISIBLE.sub("", text)


def fold_look_alikes(text: str) -> str:
    """Return a text in NFKC with the letters of other scripts that stand for Latin ones as Latin letters.

    Only in a text that is Latin otherwise: a word with letters that Latin has no twin of shows that its script is
    meant. A word of both scripts is folded if all its strange letters resemble Latin ones, a word without Latin letters
    if all are twins of such. Symbols (Ξ, μ, Δ) stay.
    """
    if not _STRANGE.search(text):
        return text
    text = text.translate(_COSTUME)
    words = _WORD.findall(text)
    if not any(_is_latin(word) for word in words) or any(_is_foreign(word) for word in words):
        return text
    return _WORD.sub(lambda match: _fold(match[0]), text)


def _is_latin(word: str) -> bool:
    return any(letter.isascii() and letter.isalpha() for letter in word)


def _is_foreign(word: str) -> bool:
    """Whether a word is really in another script: two letters or more, not all drawn as Latin ones are."""
    letters = [letter for letter in word if letter.isalpha()]
    return (
        len(letters) > 1
        and any(ord(letter) in _LIKE for letter in letters)
        and not all(ord(letter) in _TWIN for letter in letters)
        and not any("LATIN" in unicodedata.name(letter, "") for letter in letters)
    )


def _fold(word: str) -> str:
    letters = [letter for letter in word if letter.isalpha()]
    if _is_latin(word):
        known = all(ord(letter) in _LIKE or "LATIN" in unicodedata.name(letter, "") for letter in letters)
        return word.translate(_LIKE) if known else word
    return word.translate(_TWIN) if all(ord(letter) in _TWIN for letter in letters) else word
