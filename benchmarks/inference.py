"""Measure the speed of a translator: its cold start, and its sentences per second.

    python benchmarks/inference.py model/NAME SENTENCES.txt [--set inference.shortlist=32]
        [--peer './decode.sh {beam} {batch} {sentences}']

The cold start is the time from the shell to the end of one short sentence (the median of five
starts) and the peak memory of that process. Then each sentence is translated into exactly 40
tokens, so that toolkits with other models do the same amount of work: 1 and 32 sentences at a time,
with greedy search and with a beam of 5. The first batch is not counted. The command of the peer
runs after each setup, with the values of its fields filled in. Its speed is the last number after
`sents_per_s=` in its output, or else the last number. The last line is JSON. Measure on a quiet
machine.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import resource
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.command_line import positive, read_sentences, run_benchmark
from benchmarks.subprocess_runner import run_command, speed_in
from malgil.common.errors import UserError
from malgil.modeling.search import Request, beam_search
from malgil.modeling.translator import Translator
from malgil.settings import DecodingOptions, load

LENGTH = 40  # tokens
SETUPS = [(1, 1), (5, 1), (1, 32), (5, 32)]  # beam, sentences at a time
STARTS = 5
SHORT = "비가 와요."


def cold_start(folder: Path, overrides: list[str]) -> tuple[float, float]:
    """Return the median time from the shell to a translation (s) and the peak memory (MiB)."""
    places = [f"translator.directory={folder.parent}", f"translator.name={folder.name}"]
    sets = [part for each in (*places, *overrides) for part in ("--set", each)]
    seconds, memory = [], 0.0
    for _ in range(STARTS):
        began = time.perf_counter()
        command = [sys.executable, str(ROOT / "app.py"), "--mode", "predict", *sets, SHORT]
        memory = max(memory, run_command(command)[1])
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds), memory


def speed(translator: Translator, sources: list[list[int]], beam: int, batch: int) -> float:
    """Return sentences per second, each translated into `LENGTH` tokens.

    Args:
        translator: The translator.
        sources: Token ids of the sentences, more than `batch`: the first batch is not counted.
        beam: Beam size.
        batch: Sentences at a time.
    """
    options = DecodingOptions(beam_size=beam)
    engine = translator.engine
    done, began = 0, 0.0
    for begin in range(0, len(sources), batch):
        some = sources[begin : begin + batch]
        requests = [Request(LENGTH, min_length=LENGTH) for _ in some]
        found = beam_search(engine.step, engine.encode(some), requests, options)
        assert all(len(best.ids) == LENGTH for best, *_ in found)
        if not begin:
            began = time.perf_counter()  # the first batch is the warm-up
        else:
            done += len(some)
    return done / (time.perf_counter() - began)


def fill(command: str, **values: int) -> str:
    """Replace `{name}` by its value; other braces, such as those of awk, are kept."""
    for name, value in values.items():
        command = command.replace(f"{{{name}}}", str(value))
    return command


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the speed of a translator.")
    parser.add_argument("folder", type=Path, help="folder of a translator, such as model/ko-en")
    parser.add_argument("sentences", type=Path, help="source sentences, one per line")
    parser.add_argument("--count", type=positive, default=500, help="maximum number of sentences")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE")
    parser.add_argument("--peer", help="a command; it may use {beam}, {batch}, {sentences}")
    options = parser.parse_args()
    folder = options.folder.resolve()
    texts = read_sentences(options.sentences, options.count)
    largest_batch = max(batch for _, batch in SETUPS)
    if len(texts) <= largest_batch:
        raise UserError(
            f"the benchmark needs more than {largest_batch} sentences. Received: {len(texts)}. "
            "Name a file with more sentences, or increase --count."
        )

    seconds, memory = cold_start(folder, options.set)
    print(f"cold start: {seconds:.2f} s, {memory:,.0f} MiB")
    began = time.perf_counter()
    translator = Translator.load(folder, load(None, options.set).inference)
    print(f"loading: {time.perf_counter() - began:.2f} s")
    began = time.perf_counter()
    translator.translate([SHORT])
    print(f"first sentence: {1000 * (time.perf_counter() - began):.0f} ms")

    sources = [of_text[0].ids for of_text in translator.pipeline.encode_segments(texts) if of_text]
    print("\n| beam | batch | sentences/s | peer | ratio |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    results: dict[str, float] = {"cold_start_s": round(seconds, 2)}
    for beam, batch in SETUPS:
        own = speed(translator, sources, beam, batch)
        results[f"b{beam}_n{batch}"] = round(own, 1)
        row = "| |"
        if options.peer:
            command = fill(options.peer, beam=beam, batch=batch, sentences=len(sources))
            peer = speed_in(run_command(command)[0], "sents_per_s")
            results[f"ratio_b{beam}_n{batch}"] = round(own / peer, 2)
            row = f"{peer:,.1f} | {own / peer:.2f} |"
        print(f"| {beam} | {batch} | {own:,.1f} | {row}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory {peak:,.0f} MiB; {dataclasses.asdict(translator.settings.inference)}")
    print(json.dumps(results))


if __name__ == "__main__":
    run_benchmark(main)
