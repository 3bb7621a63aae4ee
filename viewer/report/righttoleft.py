"""Arabic letters joined and right-to-left runs put in the order they are drawn: reportlab does neither.

Enough for names and words inside left-to-right text (the joining of Unicode 9.2 and a simplified UAX #9: a run of
right-to-left letters, with the spaces, marks and numbers inside it, is turned around; digits keep their order).
"""

import unicodedata
from functools import cache

FORM_BLOCKS = (range(0xFB50, 0xFC00), range(0xFE70, 0xFEFD))
"""Arabic Presentation Forms-A (letters of Persian, Urdu …) and -B."""
LAM = "\u0644"
TATWEEL = "\u0640"
NON_JOINER = "\u200c"
RIGHT_TO_LEFT = ("R", "AL")
WEAK = ("WS", "ON", "CS", "ES", "NSM", "BN")
DIGITS = ("EN", "AN")


def drawn(text: str) -> str:
    """Return ``text`` in the order and shapes in which its characters are drawn from left to right."""
    if not any(_direction(char) in RIGHT_TO_LEFT for char in text):
        return text
    return _turned(_joined(text))


@cache
def _forms() -> dict[str, dict[str, str]]:
    """Letter, or lam with alef, → its drawn shapes: isolated, final, initial, medial (from the Unicode data)."""
    found: dict[str, dict[str, str]] = {}
    for code in (code for block in FORM_BLOCKS for code in block):
        tag, *bases = unicodedata.decomposition(chr(code)).split() or [""]
        letters = "".join(chr(int(base, 16)) for base in bases)
        if len(letters) == 1 or (len(letters) == 2 and letters[0] == LAM):
            found.setdefault(letters, {}).setdefault(tag.strip("<>"), chr(code))
    return found


def _joined(text: str) -> str:
    """Replace Arabic letters by the shape that their neighbours give them."""
    units = _units(text)
    shaped = []
    for index, unit in enumerate(units):
        before, after = _neighbour(units, index, -1), _neighbour(units, index, 1)
        shape = _shape(_joins_next(before) and _joins_previous(unit), _joins_next(unit) and _joins_previous(after))
        shaped.append(_forms().get(unit, {}).get(shape, unit))
    return "".join(shaped)


def _units(text: str) -> list[str]:
    """Split into characters, lam with alef as one (their ligature is mandatory)."""
    units: list[str] = []
    for char in text:
        if units and units[-1] == LAM and LAM + char in _forms():
            units[-1] += char
        else:
            units.append(char)
    return units


def _neighbour(units: list[str], index: int, step: int) -> str:
    """The next character that is not a mark (marks do not break a joint)."""
    index += step
    while 0 <= index < len(units) and unicodedata.category(units[index][0]) == "Mn":
        index += step
    return units[index] if 0 <= index < len(units) else ""


def _shape(joined_before: bool, joined_after: bool) -> str:
    if joined_before:
        return "medial" if joined_after else "final"
    return "initial" if joined_after else "isolated"


def _joins_previous(unit: str) -> bool:
    return unit == TATWEEL or "final" in _forms().get(unit, {})


def _joins_next(unit: str) -> bool:
    return unit == TATWEEL or "initial" in _forms().get(unit, {})


def _turned(text: str) -> str:
    """Turn every right-to-left run around."""
    turned, index = [], 0
    while index < len(text):
        end = _run_end(text, index) if _direction(text[index]) in RIGHT_TO_LEFT else index
        turned.append(_reversed(text[index:end]) if end > index else text[index])
        index = max(end, index + 1)
    return "".join(turned)


def _run_end(text: str, start: int) -> int:
    """Where the run ends: after its last strong letter or mark."""
    end = start
    for index in range(start, len(text)):
        direction = _direction(text[index])
        if direction in RIGHT_TO_LEFT or (direction == "NSM" and end == index):
            end = index + 1
        elif direction not in WEAK + DIGITS:
            break
    return end


def _reversed(run: str) -> str:
    """Reverse, but keep numbers readable and marks behind their letters; brackets change sides."""
    pieces: list[str] = []
    for char in run:
        direction = _direction(char)
        number = direction in DIGITS and pieces and _direction(pieces[-1][-1]) in DIGITS
        if pieces and (number or direction == "NSM"):
            pieces[-1] += char
        else:
            pieces.append(char.translate(BRACKETS))
    return "".join(reversed(pieces))


BRACKETS = str.maketrans("()[]<>«»", ")(][><»«")


def _direction(char: str) -> str:
    return unicodedata.bidirectional(char)
