"""The pattern of emoji: runs of pictures with their modifiers, flags and keycaps."""

# By the ranges of Unicode's emoji-data. A few single signs (©, ™, ↔) are left to the model.
_PICTURE = (
    "[\u231a\u231b\u23e9-\u23f3\u23f8-\u23fa\u25fd\u25fe\u2600-\u27bf\u2b1b\u2b1c\u2b50\u2b55"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
)
_PICTURE_WITH_FORM = (
    f"{_PICTURE}(?:[\ufe0f\ufe0e]|[\U0001f3fb-\U0001f3ff]|[\U000e0020-\U000e007f]+)?"
)
EMOJI = (
    "(?:[\U0001f1e6-\U0001f1ff]{2}"  # the flag of a country
    "|[0-9#*]\ufe0f\u20e3"  # a keycap
    f"|{_PICTURE_WITH_FORM}(?:\u200d(?:{_PICTURE_WITH_FORM}|[\u2640\u2642\u2695]\ufe0f?))*)+"
)
