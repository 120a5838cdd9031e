"""The trained model of a stored translator, and its inference models as graphs beside it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from malgil.modeling import translator_file
from malgil.modeling.inference.shortlist import Shortlist
from malgil.modeling.seq2seq import Seq2Seq
from malgil.modeling.translator_file import Bundle
from malgil.preprocessing.pipeline import TextPipeline
from malgil.settings import from_dict


def restore(stored: Bundle, pipeline: TextPipeline, path: Path) -> Seq2Seq:
    """Build the model that a translator was trained as, with its weights.

    Args:
        stored: The translator's parts.
        pipeline: Its text path.
        path: Its file, for messages.

    Raises:
        UserError: If the weights do not fit the settings.
    """
    settings = from_dict(stored.settings).model
    source, target = len(pipeline.source.subword), len(pipeline.target.subword)
    model = Seq2Seq(source, target, settings).build_weights()
    translator_file.assign_weights(model.weights, stored.weights, path)
    return model


def with_graphs(stored: Bundle, path: Path, shortlist: Shortlist | None = None) -> Bundle:
    """A translator with its inference models as graphs.

    Args:
        stored: Its parts.
        path: Its file, for messages.
        shortlist: What was learned of its corpus.

    Raises:
        UserError: If the weights do not fit the settings.
    """
    from malgil.modeling.inference.export import export

    settings = from_dict(stored.settings)
    pipeline = TextPipeline.from_state(stored.subword, settings.preprocessing)
    arrays = {} if shortlist is None else dataclasses.asdict(shortlist)
    graphs = export(restore(stored, pipeline, path))
    return dataclasses.replace(stored, graphs=graphs, shortlist=arrays)


def add_graphs(path: Path, shortlist: Shortlist | None = None) -> None:
    """Write the inference models as graphs into a translator.

    Args:
        path: The translator's file.
        shortlist: What was learned of its corpus.

    Raises:
        UserError: If it cannot be read or written.
    """
    translator_file.save(path, with_graphs(translator_file.load(path), path, shortlist))
