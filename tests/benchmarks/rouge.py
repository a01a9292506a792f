"""Prints the seconds of the rouge-score package and of ours on the same real texts, and their ratio.

First ROUGE-LSum alone: sentences are lines, the tokenizer is rouge-score's own, the scores must be equal. Then the whole
metric `wceb`, sentence splitting and token similarity included, against what its source calls: rouge-score with NLTK's
splitting, and Indel similarity. Ours reads the gold once for all extractors, as a run does.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from pathlib import Path

import nltk
from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer
from punkt import load_model
from rapidfuzz.distance import Indel
from rouge_score import rouge_scorer

from bench import plugins
from bench.alignment import Case, GoldTokens
from bench.model import Block, Gold
from bench.rouge import Summary, sentences

AEB = Path(__file__).resolve().parents[2] / ".datasets" / "aeb"
TARGET = 50
OUTPUTS = ("trafilatura", "readability", "justext", "html-text")


class BySpaces:
    """White-space tokens, as `wceb` has them."""

    def tokenize(self, text: str) -> list[str]:
        return text.split()


def nltk_splitter() -> PunktSentenceTokenizer:
    """NLTK's English splitter without a download: the same model, from another package."""
    model, parameters = load_model("english"), PunktParameters()
    parameters.abbrev_types, parameters.sent_starters = set(model.abbrev_types), set(model.sent_starters)
    parameters.collocations = set(model.collocations)
    parameters.ortho_context.update(model.ortho_context)
    return PunktSentenceTokenizer(parameters)


def lines(text: str) -> list[tuple[str, ...]]:
    return [tuple(re.findall("[a-z0-9]+", line.lower())) for line in text.split("\n") if line]


def report(what: str, theirs: float, ours: float) -> None:
    target = f"(target >= {TARGET})"
    print(f"  {what:<22} theirs {theirs:8.2f} s   ours {ours:8.3f} s   ratio {theirs / ours:6.0f}  {target}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=40, help="golds taken, in order of id (default: %(default)s)")
    pages: int = parser.parse_args().pages

    golds = {
        name: record["articleBody"] for name, record in sorted(json.loads((AEB / "ground-truth.json").read_text()).items())
    }
    golds = dict(list(golds.items())[:pages])
    outputs = [json.loads((AEB / "output" / f"{name}.json").read_text()) for name in OUTPUTS]
    outputs = [table.get("output", table) for table in outputs]
    texts = {page: [table[page]["articleBody"] or "" for table in outputs if page in table] for page in golds}
    print(f"rouge: {len(golds)} golds against {sum(map(len, texts.values()))} outputs of {', '.join(OUTPUTS)}")

    scorer = rouge_scorer.RougeScorer(["rougeLsum"])
    theirs = ours = 0.0
    for page, gold in golds.items():
        start = time.perf_counter()
        expected = [scorer.score(gold, text)["rougeLsum"] for text in texts[page]]
        middle = time.perf_counter()
        reference = lines(gold)
        found = [Summary(lines(text)).overlap(reference) for text in texts[page]]
        ours += time.perf_counter() - middle
        theirs += middle - start
        for score, overlap in zip(expected, found, strict=True):
            assert abs(score.precision - overlap.hits / max(overlap.output, 1)) < 1e-9, page
            assert abs(score.recall - overlap.hits / max(overlap.gold, 1)) < 1e-9, page
    report("ROUGE-LSum, lines", theirs, ours)

    metric = plugins.load("metrics", "wceb").METRIC
    nltk.sent_tokenize = nltk_splitter().tokenize  # what rouge-score calls; NLTK itself would look for a download
    scorer = rouge_scorer.RougeScorer(["rougeLsum"], split_summaries=True, tokenizer=BySpaces())
    sentences("Mr. Load, the model.")
    theirs = ours = 0.0
    for page, gold in golds.items():
        start = time.perf_counter()
        for text in texts[page]:
            scorer.score(gold, text)
            Indel.normalized_similarity(gold.split(), text.split())
        theirs += time.perf_counter() - start
        tokens = GoldTokens(Gold((Block(gold),)))  # outside the clock: the harness's own tokens are no part of this metric
        start = time.perf_counter()
        for text in texts[page]:
            metric.counts(Case(tokens, text))
        ours += time.perf_counter() - start
    report("wceb, English", theirs, ours)


if __name__ == "__main__":
    main()
