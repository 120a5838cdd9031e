"""Inputs to translate: plain text is accepted, documents are refused by what they are."""

from __future__ import annotations

from pathlib import Path

from malgil.common.errors import UserError
from malgil.common.localization import _


def refuse_document(head: bytes, path: str = "") -> None:
    """Refuse a document whose lines are not sentences, such as a Word document or subtitles.

    Args:
        head: The beginning of the file, up to `common.encoding.SAMPLE_BYTES`.
        path: The file that `--input` names; empty for standard input.

    Raises:
        UserError: If the content is not plain text.
    """
    from malgil.preprocessing.corpus.formats.document_kinds import document_kind

    kind = document_kind(head, Path(path).name)
    if not kind:
        return
    if path:
        template = _(
            "--input accepts plain text, one sentence per line. Received: {path!r}, {kind}. Save "
            "its text as plain text (.txt, UTF-8)."
        )
    else:
        template = _(
            "standard input accepts plain text, one sentence per line. Received: {kind}. Save its "
            "text as plain text (.txt, UTF-8)."
        )
    raise UserError(template.format(path=path, kind=kind))
