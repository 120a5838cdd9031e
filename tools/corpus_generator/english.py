"""English words: the forms of verbs, nouns and adjectives, and articles."""

from __future__ import annotations

from tools.corpus_generator.word_set import word_set

# Base form → past, past participle.
IRREGULAR_VERBS = {
    base: (past, participle)
    for base, past, participle in (
        line.split()
        for line in """
        be was been | become became become | begin began begun | blow blew blown
        break broke broken | bring brought brought | build built built | buy bought bought
        catch caught caught | choose chose chosen | come came come | cut cut cut | do did done
        draw drew drawn | drink drank drunk | drive drove driven | eat ate eaten | fall fell fallen
        feel felt felt | fight fought fought | find found found | fly flew flown
        forget forgot forgotten | get got gotten | give gave given | go went gone | grow grew grown
        have had had | hear heard heard | hold held held | keep kept kept | know knew known
        leave left left | lend lent lent | lie lay lain | lose lost lost | make made made
        meet met met | pay paid paid | put put put | read read read | ride rode ridden
        ring rang rung | run ran run | say said said | see saw seen | sell sold sold
        send sent sent | show showed shown | sing sang sung | sit sat sat | sleep slept slept
        speak spoke spoken | spend spent spent | stand stood stood | swim swam swum
        take took taken | teach taught taught | tell told told | think thought thought
        throw threw thrown | understand understood understood | wake woke woken | wear wore worn
        win won won | write wrote written
        """.replace("\n", " | ").split("|")
        if line.strip()
    )
}
IRREGULAR_PLURALS = {
    "child": "children", "man": "men", "woman": "women", "person": "people", "knife": "knives",
    "foot": "feet", "tooth": "teeth", "fish": "fish", "mouse": "mice", "sheep": "sheep",
    "leaf": "leaves", "wife": "wives", "shelf": "shelves", "loaf": "loaves", "scarf": "scarves",
    "potato": "potatoes", "tomato": "tomatoes", "hero": "heroes",
}  # fmt: skip
IRREGULAR_COMPARATIVES = {
    "good": ("better", "best"), "bad": ("worse", "worst"), "far": ("farther", "farthest"),
    "well": ("better", "best"),
}  # fmt: skip
# Two syllables without -y, but with -er: quieter, narrower.
SHORT_COMPARATIVES = word_set("quiet narrow simple clever gentle")
DOUBLING = word_set("begin forget prefer admit")
VOWELS = "aeiou"
SILENT_H = ("hour", "honest", "heir")
CONSONANT_U = ("uni", "use", "eu", "one", "uk")


def _doubles(word: str) -> bool:
    """Return whether the last consonant doubles before a vowel: stop, big; not eat, help, open."""
    if word in DOUBLING:
        return True
    if len(word) < 3 or word[-1] in VOWELS + "wxy" or word[-2] not in VOWELS:
        return False
    before = word[:-2].replace("qu", "q")
    return not any(letter in VOWELS + "y" for letter in before)


def _ends_in_consonant_y(word: str) -> bool:
    return word.endswith("y") and word[-2:-1] not in VOWELS


def _add_s(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    return word[:-1] + "ies" if _ends_in_consonant_y(word) else word + "s"


def third_person(verb: str) -> str:
    """Return the present after he, she, it: go → goes, study → studies, have → has."""
    fixed = {"be": "is", "have": "has", "go": "goes", "do": "does"}
    return fixed.get(verb) or _add_s(verb)


def _regular_past(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    if _ends_in_consonant_y(verb):
        return verb[:-1] + "ied"
    return verb + verb[-1] + "ed" if _doubles(verb) else verb + "ed"


def past_tense(verb: str) -> str:
    """Return the past: eat → ate, stop → stopped, study → studied, be → was."""
    return IRREGULAR_VERBS[verb][0] if verb in IRREGULAR_VERBS else _regular_past(verb)


def past_participle(verb: str) -> str:
    """Return the form after have: eat → eaten, visit → visited."""
    return IRREGULAR_VERBS[verb][1] if verb in IRREGULAR_VERBS else _regular_past(verb)


def present_participle(verb: str) -> str:
    """Return the form in -ing: make → making, run → running, lie → lying, see → seeing."""
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")) and verb != "be":
        return verb[:-1] + "ing"
    return verb + verb[-1] + "ing" if _doubles(verb) else verb + "ing"


def plural(noun: str) -> str:
    """Return the plural of a noun phrase: green apples, cups of tea."""
    if " of " in noun:
        head, rest = noun.split(" of ", 1)
        return f"{plural(head)} of {rest}"
    *before, last = noun.split(" ")
    return " ".join([*before, IRREGULAR_PLURALS.get(last) or _add_s(last)])


def article(phrase: str) -> str:
    """Return a or an, depending on the first sound of a phrase: an hour, a university."""
    word = phrase.lower()
    if word.startswith(SILENT_H):
        return "an"
    return "an" if word[:1] in tuple(VOWELS) and not word.startswith(CONSONANT_U) else "a"


def with_article(phrase: str) -> str:
    """Return the phrase with a or an."""
    return f"{article(phrase)} {phrase}"


def _takes_er(adjective: str) -> bool:
    groups = "".join("v" if letter in VOWELS + "y" else " " for letter in adjective).split()
    count = len(groups) - (adjective.endswith("e") and len(groups) > 1)
    is_short_y = adjective.endswith("y") and count == 2 and adjective != "sleepy"
    return adjective in SHORT_COMPARATIVES or is_short_y or (count == 1 and " " not in adjective)


def _inflect_adjective(adjective: str, ending: str) -> str:
    if adjective.endswith("e"):
        return adjective + ending[1:]
    if _ends_in_consonant_y(adjective):
        return adjective[:-1] + "i" + ending
    return adjective + adjective[-1] + ending if _doubles(adjective) else adjective + ending


def comparative(adjective: str) -> str:
    """Return the comparative: big → bigger, good → better, difficult → more difficult."""
    if adjective in IRREGULAR_COMPARATIVES:
        return IRREGULAR_COMPARATIVES[adjective][0]
    return _inflect_adjective(adjective, "er") if _takes_er(adjective) else "more " + adjective


def superlative(adjective: str) -> str:
    """Return the superlative without its article: big → biggest, difficult → most difficult."""
    if adjective in IRREGULAR_COMPARATIVES:
        return IRREGULAR_COMPARATIVES[adjective][1]
    return _inflect_adjective(adjective, "est") if _takes_er(adjective) else "most " + adjective
