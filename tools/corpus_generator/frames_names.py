"""Sentences with names: who someone is, what named people do, and what one says to them."""

from __future__ import annotations

from dataclasses import replace

from tools.corpus_generator import frames_embedded, frames_question, frames_simple, frames_state
from tools.corpus_generator.clause import Triple
from tools.corpus_generator.composed import Composed, compose_pair
from tools.corpus_generator.draw import Draw
from tools.corpus_generator.hangul import final_consonant
from tools.corpus_generator.particles import attach
from tools.corpus_generator.person_names import Name, NameDraw

# Frames of the general grammar, whose people are replaced by people with a name.
GENERAL = (
    frames_simple.action, frames_simple.action, frames_simple.action, frames_simple.personal,
    frames_simple.movement, frames_simple.giving, frames_state.having, frames_state.copula,
    frames_state.describing, frames_state.comparing, frames_question.yes_or_no,
    frames_question.what, frames_question.where, frames_question.when_or_why,
    frames_embedded.hearing, frames_embedded.thinking,
)  # fmt: skip
# {n} is the name, {v} the name as one calls it: 민수 씨, 민수야.
INTRODUCTIONS = (
    ("제 이름은 {n:이에요/예요}.", "My name is {e}."),
    ("제 이름은 {n}입니다.", "My name is {e}."),
    ("내 이름은 {n:이야/야}.", "My name is {e}."),
    ("저는 {n:이에요/예요}.", "I'm {e}."),
    ("저는 {n}입니다.", "I am {e}."),
    ("나는 {n:이야/야}.", "I'm {e}."),
    ("저는 {n:이라고/라고} 합니다.", "My name is {e}."),
    ("{n:이라고/라고} 해요. 만나서 반가워요.", "I'm {e}. Nice to meet you."),
    ("안녕하세요, 저는 {n:이라고/라고} 합니다.", "Hello, my name is {e}."),
    ("안녕하세요? {n}입니다.", "Hello. I'm {e}."),
    ("처음 뵙겠습니다. {n:이라고/라고} 합니다.", "How do you do? My name is {e}."),
    ("이쪽은 제 친구 {n:이에요/예요}.", "This is my friend {e}."),
    ("이 사람은 제 동생 {n:이에요/예요}.", "This is my younger sibling {e}."),
    ("제 남편 이름은 {n:이에요/예요}.", "My husband's name is {e}."),
    ("제 아내 이름은 {n:이에요/예요}.", "My wife's name is {e}."),
    ("우리 아들 이름은 {n:이에요/예요}.", "Our son's name is {e}."),
    ("우리 딸은 {n:이라고/라고} 해요.", "Our daughter is called {e}."),
    ("저를 {n:이라고/라고} 불러 주세요.", "Please call me {e}."),
    ("그 배우 이름이 {n:이에요/예요}?", "Is that actor's name {e}?"),
    ("혹시 {n} 씨세요?", "Are you {e}, by any chance?"),
    ("실례지만 {n} 씨 되십니까?", "Excuse me, are you {e}?"),
    ("저기 있는 사람이 {n:이에요/예요}.", "The person over there is {e}."),
)
CALLS = (
    ("{v}, 안녕하세요?", "Hello, {e}."),
    ("{v}, 어디 가세요?", "{e}, where are you going?"),
    ("{v}, 지금 뭐 하고 있어요?", "{e}, what are you doing now?"),
    ("{v}, 잠깐만 기다려 주세요.", "{e}, please wait a moment."),
    ("{v}, 오늘 시간 있어요?", "{e}, do you have time today?"),
    ("{v}, 생일 축하해요!", "Happy birthday, {e}!"),
    ("{v}, 고마워요.", "Thank you, {e}."),
    ("{v}, 늦어서 미안해요.", "{e}, I'm sorry I'm late."),
    ("{v}, 저 좀 도와주세요.", "{e}, please help me."),
    ("{v}, 내일 같이 점심 먹을까요?", "{e}, shall we have lunch together tomorrow?"),
    ("{v}, 전화 왔어요.", "{e}, there's a phone call for you."),
    ("{v}, 이쪽으로 오세요.", "{e}, come this way, please."),
)
CASUAL_CALLS = (
    ("{v}, 안녕!", "Hi, {e}!"),
    ("{v}, 어디 가?", "{e}, where are you going?"),
    ("{v}, 뭐 해?", "{e}, what are you doing?"),
    ("{v}, 밥 먹었어?", "{e}, have you eaten?"),
    ("{v}, 같이 가자.", "{e}, let's go together."),
    ("{v}, 빨리 일어나.", "{e}, get up quickly."),
    ("{v}, 생일 축하해!", "Happy birthday, {e}!"),
    ("{v}, 고마워.", "Thanks, {e}."),
    ("{v}, 미안해.", "I'm sorry, {e}."),
    ("{v}, 숙제 다 했니?", "{e}, have you finished your homework?"),
    ("{v}, 이리 와 봐.", "{e}, come here."),
    ("{v}, 사랑해.", "I love you, {e}."),
    ("{v}, 왜 울어?", "{e}, why are you crying?"),
    ("{v}, 내 말 좀 들어 봐.", "{e}, listen to me."),
)
INQUIRIES = (
    ("{n} 씨 계세요?", "Is {e} there?"),
    ("{n} 씨 좀 바꿔 주세요.", "May I speak to {e}?"),
    ("{n} 씨는 언제 와요?", "When is {e} coming?"),
    ("{n} 씨는 어디 있어요?", "Where is {e}?"),
    ("{n} 씨를 아세요?", "Do you know {e}?"),
    ("{n} 씨한테 전화했어요?", "Did you call {e}?"),
    ("{n} 씨는 요즘 어떻게 지내요?", "How is {e} these days?"),
    ("{n} 씨 전화번호 좀 알려 주세요.", "Please tell me {e}'s phone number."),
    ("{n} 씨한테서 편지가 왔어요.", "A letter came from {e}."),
    ("{n} 씨에게 안부 전해 주세요.", "Please say hello to {e}."),
    ("여기가 {n} 씨 댁이에요?", "Is this {e}'s home?"),
    ("{n} 씨 생일이 언제예요?", "When is {e}'s birthday?"),
    ("어제 길에서 {n} 씨를 우연히 만났어요.", "I ran into {e} on the street yesterday."),
    ("{n} 씨가 아직 안 왔어요.", "{e} hasn't come yet."),
    ("{n} 씨 덕분에 잘 끝났어요.", "It went well thanks to {e}."),
    ("{n} 씨처럼 되고 싶어요.", "I want to be like {e}."),
    ("{n} 씨하고 통화하고 싶은데요.", "I'd like to talk to {e} on the phone."),
    ("{n} 씨가 이 책을 썼습니다.", "{e} wrote this book."),
    ("이건 {n} 씨 가방이에요.", "This is {e}'s bag."),
    ("{n} 씨와 결혼하고 싶어요.", "I want to marry {e}."),
)
TITLED = (
    ("{n}께서는 지금 회의 중이십니다.", "{e} is in a meeting right now."),
    ("{n}, 안녕하십니까?", "Hello, {e}."),
    ("{n}, 잠깐 시간 있으세요?", "{e}, do you have a moment?"),
    ("{n}은 내일 출장을 가세요.", "{e} is going on a business trip tomorrow."),
    ("{n}께 여쭤보세요.", "Please ask {e}."),
    ("{n} 좀 바꿔 주시겠어요?", "Could I speak to {e}, please?"),
    ("이분은 {n}이세요.", "This is {e}."),
    ("{n}께서 전화하셨습니다.", "{e} called."),
    ("{n}께 메일을 보냈어요.", "I sent an e-mail to {e}."),
    ("{n} 사무실이 어디예요?", "Where is {e}'s office?"),
)
COUPLES = (
    ("{n:과/와} {m:은/는} 친구예요.", "{e} and {f} are friends."),
    ("{n:이랑/랑} {m:이/가} 싸웠어.", "{e} and {f} had a fight."),
    ("{n} 씨하고 {m} 씨가 결혼한대요.", "I heard {e} and {f} are getting married."),
    ("{n} 씨와 {m} 씨는 같은 회사에 다녀요.", "{e} and {f} work at the same company."),
    ("{n} 씨보다 {m} 씨가 키가 더 커요.", "{f} is taller than {e}."),
    ("{n} 씨, 이쪽은 {m} 씨예요.", "{e}, this is {f}."),
    ("{n} 씨가 {m} 씨한테 꽃을 줬어요.", "{e} gave {f} flowers."),
    ("{n} 말고 {m:을/를} 불러 주세요.", "Please call {f}, not {e}."),
)


def doing(draw: Draw) -> Composed | None:
    """Compose a sentence of the general grammar about people with names.

    Example: 김민수 씨는 어제 커피를 마셨어요.
    """
    names = NameDraw(draw.random)
    # Three without a title: some frames draw two more people besides the subject.
    drawn = [names.any(), names.any(), names.any()]
    if draw.chance(0.12):
        drawn.append(names.titled())
    pronouns = tuple(one for one in draw.lexicon.people if "pronoun" in one.flags)[:3]
    people = (*pronouns, *(name.person() for name in drawn))
    named = Draw(draw.random, replace(draw.lexicon, people=people))
    pair = draw.one(GENERAL)(named)
    if pair is None:
        return None
    used = [name for name in drawn if name.english in pair.english]
    return replace(pair, triples=(*pair.triples, *map(_key, used))) if used else None


def introducing(draw: Draw) -> Composed:
    """Compose an introduction: 제 이름은 김민수예요."""
    return _filled(draw, INTRODUCTIONS, NameDraw(draw.random).any())


def calling(draw: Draw) -> Composed:
    """Compose what one says to someone by name: 민수야, 어디 가?"""
    names = NameDraw(draw.random)
    if draw.chance(0.5):
        name = names.given() if draw.chance(0.7) else names.foreign()
        called = name.korean + ("아" if final_consonant(name.korean) else "야")
        return _filled(draw, CASUAL_CALLS, name, called)
    name = names.any()
    return _filled(draw, CALLS, name, f"{name.korean} 씨")


def inquiring(draw: Draw) -> Composed:
    """Compose a sentence about a named person who is absent: 김민수 씨 계세요?"""
    return _filled(draw, INQUIRIES, NameDraw(draw.random).any())


def addressing(draw: Draw) -> Composed:
    """Compose a sentence with a title: 김 과장님, 안녕하십니까?"""
    return _filled(draw, TITLED, NameDraw(draw.random).titled())


def joining(draw: Draw) -> Composed | None:
    """Compose a sentence about two people: 민수와 지은은 친구예요."""
    names = NameDraw(draw.random)
    first, second = names.any(), names.any()
    if first.english == second.english:
        return None
    pair = _filled(draw, COUPLES, first, second=second)
    return replace(pair, triples=(_key(first), _key(second)))


def _filled(
    draw: Draw,
    sentences: tuple[tuple[str, str], ...],
    name: Name,
    called: str = "",
    second: Name | None = None,
) -> Composed:
    korean, english = draw.one(sentences)
    other = second or name
    said = korean.format(n=_Word(name.korean), m=_Word(other.korean), v=called)
    text = english.format(e=name.english, f=other.english)
    return compose_pair(said[:-1], text[:-1], _key(name), mark=korean[-1])


class _Word(str):
    """A word whose format specification is a particle: {n:을/를}."""

    __slots__ = ()

    def __format__(self, pair: str) -> str:
        return attach(str(self), pair) if pair else str(self)


def _key(name: Name) -> Triple:
    """Return what decides the part of a name: the given name, so that no other part knows it."""
    return Triple("name", name.english if name.is_title else name.english.split(" ")[-1], "")
