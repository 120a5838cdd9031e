"""A random source of plausible clauses: who can do what, where, when, with whom and how."""

from __future__ import annotations

from dataclasses import replace

from tools.corpus_generator import phrase
from tools.corpus_generator.clause import Clause
from tools.corpus_generator.draw_words import WordDraw
from tools.corpus_generator.lexicon import Adverbial, Person, Place, Verb
from tools.corpus_generator.modality import MODALITIES, is_short
from tools.corpus_generator.word_set import word_set

SKILLS = word_set("play drive cook swim ride make fix dance")
MANNERS_WHEN_DENIED = word_set("hard early a_lot")
PART_OF_DAY = ("morning", "afternoon", "evening", "night", "o'clock", "thirty")
# Modalities whose present allows a time in the future: one can, may or must do it later.
LATER = word_set("want want_other can must may plan")
TIMELESS = word_set("experience know_how like")


class Draw(WordDraw):
    """A random source of words and clauses, reproducible for a seed."""

    def modality(self, verb: Verb, subject: Person) -> str:
        """Draw a modality: half of the time the simple one."""
        if self.chance(0.5):
            return "simple"
        names = ["progressive", "progressive", "want", "can", "must", "must", "may"]
        names += ["experience", "plan", "start", "know_how", "like"]
        chosen = self.one(names)
        if chosen == "want" and not (subject.agreement.person < 3):
            chosen = "want_other"
        return chosen if self.fits(chosen, verb) else "simple"

    def fits(self, modality: str, verb: Verb) -> bool:
        """Return whether a modality is natural for a verb in English and Korean."""
        if modality != "simple" and not verb.flags.isdisjoint({"state", "happening", "having"}):
            return False
        if modality == "know_how":
            return verb.english.split(" ")[0] in SKILLS
        if modality in ("like", "experience", "start"):
            if modality == "start" and verb.english in ("visit", "meet", "borrow", "buy"):
                return False
            barred = {"nolike", "noplan", "routine", "movement", "giving", "receiving", "personal"}
            return verb.flags.isdisjoint(barred)
        if modality == "progressive":
            if verb.english == "visit":
                return False
            return verb.flags.isdisjoint({"routine", "arriving", "giving", "receiving"})
        return "noplan" not in verb.flags or modality in ("can",)

    def tense(self, modality: str, verb: Verb) -> str:
        """Draw a tense that the modality and the verb allow."""
        if "happening" in verb.flags:
            return "past"
        if verb.english == "know":
            return "present"
        tenses = MODALITIES[modality].tenses
        if modality == "simple" and "state" not in verb.flags:
            return self.random.choices(tenses, (25, 50, 25))[0]
        return self.one(tenses[:2])

    def time(self, clause: Clause) -> Adverbial | None:
        """Draw a time that agrees with the tense, or return None if there is none."""
        if clause.modality in TIMELESS or "state" in clause.verb.flags:
            return None
        wanted = clause.tense
        if wanted == "present" and clause.modality in LATER:
            wanted = "future"
        if wanted == "present" and clause.modality == "progressive":
            wanted = "progressive"
        times = [time for time in self.lexicon.times if wanted in time.flags]
        if wanted == "present" and clause.negation:
            return None
        if not clause.verb.flags.isdisjoint({"nolike"}) or clause.modality == "progressive":
            times = [time for time in times if time.flags.isdisjoint({"far", "long"})]
        if clause.verb.flags.isdisjoint({"habit", "adult"}):
            times = [time for time in times if "long" not in time.flags]
        if clause.object and clause.object.key in ("breakfast", "lunch", "dinner"):
            times = [time for time in times if not time.english.endswith(PART_OF_DAY)]
        return self.one(times) if times else None

    def place(self, verb: Verb) -> Place | None:
        """Draw a place where the action may happen, or return None if there is none."""
        places = self.lexicon.places_of(*verb.places)
        return self.one(places) if places else None

    def negation(self, clause: Clause) -> str:
        """Draw a kind of negation, for one clause in eight."""
        kind = clause.kind
        if not kind.negative or not self.chance(0.13) or "happening" in clause.verb.flags:
            return ""
        is_action = clause.modality == "simple" and "state" not in clause.verb.flags
        if is_action and "honorific" not in clause.subject.flags and self.chance(0.4):
            return "cannot" if clause.tense != "future" else "long"
        is_simple = clause.modality == "simple"
        can_be_short = is_simple and is_short(clause.verb.korean)
        return "short" if can_be_short and self.chance(0.5) else "long"

    def _adorned(self, clause: Clause) -> Clause:
        """Add up to three of adverb, companion, tool, place and time."""
        verb, subject = clause.verb, clause.subject
        added: dict[str, object] = {}
        has_company = verb.flags.isdisjoint({"nocompanion", "state", "giving", "receiving"})
        has_company = has_company and "having" not in verb.flags and clause.modality != "know_how"
        if has_company and self.chance(0.16):
            companion = self.third(subject, without="honorific")
            if clause.object is None or companion.english != clause.object.key:
                added["companion"] = companion
        is_used = clause.modality not in ("know_how",)
        if verb.places and is_used and (self.chance(0.42) or "needsplace" in verb.flags):
            added["place"] = self.place(verb)
        if self.chance(0.55):
            added["time"] = self.time(clause)
        is_habit = clause.modality == "simple" and clause.tense == "present"
        if is_habit and not clause.negation and "state" not in verb.flags and self.chance(0.3):
            added["frequency"] = self.one(self.lexicon.frequencies)
            added.pop("time", None)
        if verb.adverbs and len(added) < 3 and self.chance(0.3):
            added["manner"] = self._manner(clause, "companion" in added)
        tools = [tool for tool in self.lexicon.tools if tool.key in verb.tools]
        if tools and len(added) < 3 and self.chance(0.4):
            added["tool"] = self.one(tools)
        if verb.english.startswith("have") or "having" in verb.flags:
            added = {}
        return replace(clause, **added)  # type: ignore[arg-type]

    def _manner(self, clause: Clause, has_company: bool) -> Adverbial | None:
        key = self.one(clause.verb.adverbs)
        is_many = clause.subject.agreement.is_plural or has_company
        if (key == "together" and not is_many) or (key == "alone" and is_many):
            return None
        if key == "often" or (clause.negation and key not in MANNERS_WHEN_DENIED):
            return None
        if key == "well" and clause.modality not in ("simple", "can", "want", "want_other"):
            return None
        if clause.modality in ("experience", "know_how") or clause.negation == "cannot":
            return None
        return next(manner for manner in self.lexicon.manners if manner.key == key)

    def clause(
        self,
        verb: Verb | None = None,
        subject: Person | None = None,
        style: str | None = None,
        modality: str | None = None,
        tense: str | None = None,
        negation: str | None = None,
        adorned: bool = True,
    ) -> Clause | None:
        """Draw a plausible clause. Arguments that are given are kept; the others are drawn.

        Returns:
            The clause, or None if the drawn parts do not fit together.
        """
        subject = subject or self.person()
        verb = verb or self.one(self.lexicon.actions)
        if "adult" in verb.flags and "child" in subject.flags:
            return None
        style = style or self.style(subject)
        modality = modality or self.modality(verb, subject)
        if not self.fits(modality, verb):
            return None
        tense = tense or self.tense(modality, verb)
        if "state" in verb.flags and tense == "future":
            return None
        if "happening" in verb.flags and tense != "past":
            return None
        thing = self.object(verb, subject, style)
        if verb.objects and thing is None:
            return None
        clause = Clause(subject, verb, thing, modality, tense)
        clause = replace(clause, negation=self.negation(clause) if negation is None else negation)
        clause = self._general(clause)
        clause = self._adorned(clause) if adorned else clause
        if "needsplace" in verb.flags and clause.place is None:
            clause = replace(clause, place=self.place(verb))
        return clause

    def _general(self, clause: Clause) -> Clause:
        """Make the object of habits and preferences generic: he reads books."""
        is_habit = clause.modality == "simple" and clause.tense == "present"
        is_having = "having" in clause.verb.flags
        if clause.object is None or is_having or not (is_habit or clause.modality == "like"):
            return clause
        for noun in self.lexicon.nouns_of(*clause.verb.objects):
            is_alone = clause.object.korean == noun.korean and noun.kind == "count"
            if is_alone and noun.classes.isdisjoint({"transit"}):
                return replace(clause, object=phrase.generic(noun))
        return clause
