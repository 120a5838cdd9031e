"""Function words, with which a phrase of another language may be translated but never begins."""

from __future__ import annotations

import re

_ENGLISH = (
    "a an the this that these those my your his her its our their some any no "
    "of in on at to from by with for about into onto over under after before between during "
    "and or but than as if when while because "
    "there i you he she it we they me him us them who whom whose which what "
    "is are was were be been am do does did has have had will would can could shall should may "
    "might must not ca wo sha"
)
_FRENCH = (
    "un une le la les l du de des d au aux ce cet cette ces mon ma mes ton ta tes son sa ses notre "
    "nos votre vos leur leurs à en dans sur sous par pour avec sans chez vers entre "
    "et ou mais que qu si quand comme car "
    "je j tu il elle on nous vous ils elles me m te t se s lui y qui dont où "
    "est sont était étaient a ont avait ne n pas"
)
_FUNCTION_WORDS = {
    "en": frozenset(_ENGLISH.split()),
    "fr": frozenset(_FRENCH.split()),
}
# "can't", "she's"; the first parts of "can't", "won't" and "shan't" are in the list above.
_CONTRACTED = re.compile("(.+?)(?:n['’]t|['’](?:m|re|s|ve|ll|d))")
_ARTICLES = {"a": "an", "an": "a", "A": "An", "An": "A"}


def is_function_word(word: str, language: str) -> bool:
    """Return whether a word has a grammatical function only, such as an article or a preposition.

    Args:
        word: A word without punctuation, in any case.
        language: The code of its language. Languages without such words before a noun, such as
            Korean, have none here.
    """
    known = _FUNCTION_WORDS.get(language, frozenset())
    contracted = _CONTRACTED.fullmatch(word.lower()) if language == "en" else None
    return word.lower() in known or bool(contracted and contracted[1] in known)


def fitting_article(word: str, following: str, language: str) -> str:
    """Return the form of an English indefinite article before a phrase; other words unchanged.

    The first letter of the phrase decides, not its sound: *an hour* and *a unit* are not known.

    Args:
        word: Any word.
        following: The phrase that follows it.
        language: The code of their language.
    """
    if language != "en" or word not in _ARTICLES:
        return word
    takes_an = following[:1].lower() in tuple("aeiou")
    return _ARTICLES[word] if takes_an != word.lower().endswith("n") else word
