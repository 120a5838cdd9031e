"""English words by NLTK: the Penn Treebank's conventions, without downloaded data."""

from __future__ import annotations

from preprocessing.generic import mark_spaces


class EnglishTokenizer:
    """NLTK's `NLTKWordTokenizer`: don't → do n't, "end." → end . — all characters are kept."""

    def __init__(self) -> None:
        from nltk.tokenize.destructive import NLTKWordTokenizer

        self._tokenizer = NLTKWordTokenizer()

    def tokenise(self, text: str) -> list[str]:
        """Split into words and punctuation. See `preprocessing.generic.Tokenizer.tokenise`."""
        try:
            spans = list(self._tokenizer.span_tokenize(text))
        except ValueError:
            # NLTK cannot align its rewritten quotation marks with some texts.
            return mark_spaces(text, ())
        return mark_spaces(text, spans)
