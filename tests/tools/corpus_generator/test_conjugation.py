"""Korean and English forms against tables written by hand."""

from __future__ import annotations

import pytest

from tools.corpus_generator.conjugation import (
    attributive,
    finish,
    future,
    honorific,
    infinitive,
    irregular_class,
    join,
    join_eu,
    past,
    plain,
    stem_of,
)
from tools.corpus_generator.english import (
    article,
    comparative,
    past_participle,
    past_tense,
    plural,
    present_participle,
    superlative,
    third_person,
)
from tools.corpus_generator.modality import MODALITIES, cannot, deny, deny_lexically
from tools.corpus_generator.verb_phrase import Agreement, VerbPhrase, be, question, statement

# Dictionary form; 해요체, its past; 합니다체; -(으)면; -(으)세요; the form before a noun.
VERBS = """
가다 가요 갔어요 갑니다 가면 가세요 간
오다 와요 왔어요 옵니다 오면 오세요 온
먹다 먹어요 먹었어요 먹습니다 먹으면 드세요 먹은
마시다 마셔요 마셨어요 마십니다 마시면 드세요 마신
자다 자요 잤어요 잡니다 자면 주무세요 잔
하다 해요 했어요 합니다 하면 하세요 한
공부하다 공부해요 공부했어요 공부합니다 공부하면 공부하세요 공부한
돕다 도와요 도왔어요 돕습니다 도우면 도우세요 도운
굽다 구워요 구웠어요 굽습니다 구우면 구우세요 구운
입다 입어요 입었어요 입습니다 입으면 입으세요 입은
걷다 걸어요 걸었어요 걷습니다 걸으면 걸으세요 걸은
듣다 들어요 들었어요 듣습니다 들으면 들으세요 들은
닫다 닫아요 닫았어요 닫습니다 닫으면 닫으세요 닫은
받다 받아요 받았어요 받습니다 받으면 받으세요 받은
살다 살아요 살았어요 삽니다 살면 사세요 산
만들다 만들어요 만들었어요 만듭니다 만들면 만드세요 만든
울다 울어요 울었어요 웁니다 울면 우세요 운
짓다 지어요 지었어요 짓습니다 지으면 지으세요 지은
낫다 나아요 나았어요 낫습니다 나으면 나으세요 나은
웃다 웃어요 웃었어요 웃습니다 웃으면 웃으세요 웃은
모르다 몰라요 몰랐어요 모릅니다 모르면 모르세요 모른
부르다 불러요 불렀어요 부릅니다 부르면 부르세요 부른
따르다 따라요 따랐어요 따릅니다 따르면 따르세요 따른
쓰다 써요 썼어요 씁니다 쓰면 쓰세요 쓴
끄다 꺼요 껐어요 끕니다 끄면 끄세요 끈
잠그다 잠가요 잠갔어요 잠급니다 잠그면 잠그세요 잠근
되다 돼요 됐어요 됩니다 되면 되세요 된
배우다 배워요 배웠어요 배웁니다 배우면 배우세요 배운
보내다 보내요 보냈어요 보냅니다 보내면 보내세요 보낸
쉬다 쉬어요 쉬었어요 쉽니다 쉬면 쉬세요 쉰
켜다 켜요 켰어요 켭니다 켜면 켜세요 켠
넣다 넣어요 넣었어요 넣습니다 넣으면 넣으세요 넣은
읽다 읽어요 읽었어요 읽습니다 읽으면 읽으세요 읽은
보이다 보여요 보였어요 보입니다 보이면 보이세요 보인
""".strip().splitlines()
ADJECTIVES = """
춥다 추워요 추웠어요 춥습니다 추우면 추우세요 추운
아름답다 아름다워요 아름다웠어요 아름답습니다 아름다우면 아름다우세요 아름다운
좁다 좁아요 좁았어요 좁습니다 좁으면 좁으세요 좁은
예쁘다 예뻐요 예뻤어요 예쁩니다 예쁘면 예쁘세요 예쁜
바쁘다 바빠요 바빴어요 바쁩니다 바쁘면 바쁘세요 바쁜
크다 커요 컸어요 큽니다 크면 크세요 큰
파랗다 파래요 파랬어요 파랗습니다 파라면 파라세요 파란
하얗다 하얘요 하얬어요 하얗습니다 하야면 하야세요 하얀
그렇다 그래요 그랬어요 그렇습니다 그러면 그러세요 그런
좋다 좋아요 좋았어요 좋습니다 좋으면 좋으세요 좋은
빠르다 빨라요 빨랐어요 빠릅니다 빠르면 빠르세요 빠른
푸르다 푸르러요 푸르렀어요 푸릅니다 푸르면 푸르세요 푸른
길다 길어요 길었어요 깁니다 길면 기세요 긴
싫다 싫어요 싫었어요 싫습니다 싫으면 싫으세요 싫은
재미있다 재미있어요 재미있었어요 재미있습니다 재미있으면 재미있으세요 재미있는
조용하다 조용해요 조용했어요 조용합니다 조용하면 조용하세요 조용한
학생이다 학생이에요 학생이었어요 학생입니다 학생이면 학생이세요 학생인
의사이다 의사예요 의사였어요 의사입니다 의사이면 의사세요 의사인
아니다 아니에요 아니었어요 아닙니다 아니면 아니세요 아닌
""".strip().splitlines()


def forms(lemma: str, is_verb: bool) -> list[str]:
    return [
        lemma,
        finish(lemma, "polite"),
        finish(past(lemma), "polite"),
        finish(lemma, "formal"),
        join_eu(lemma, "면"),
        finish(honorific(lemma), "polite"),
        attributive(lemma, "past" if is_verb else "present", is_verb),
    ]


@pytest.mark.parametrize("row", VERBS)
def test_verbs(row: str) -> None:
    assert forms(row.split(maxsplit=1)[0], is_verb=True) == row.split()


@pytest.mark.parametrize("row", ADJECTIVES)
def test_adjectives(row: str) -> None:
    assert forms(row.split(maxsplit=1)[0], is_verb=False) == row.split()


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (finish(future("살다"), "polite"), "살 거예요"),
        (finish(future("듣다"), "formal"), "들을 겁니다"),
        (finish(future("춥다"), "casual"), "추울 거야"),
        (finish(future("짓다"), "plain"), "지을 것이다"),
        (finish("가다", "formal", is_question=True), "갑니까"),
        (finish(past("돕다"), "formal", is_question=True), "도왔습니까"),
        (finish("학생이다", "casual"), "학생이야"),
        (finish("의사이다", "casual"), "의사야"),
        (finish("의사이다", "plain"), "의사다"),
        (finish("아니다", "casual"), "아니야"),
        (finish(past(honorific("의사이다")), "polite"), "의사셨어요"),
        (plain("필요하다", is_verb=False), "필요하다"),
        (plain("살다"), "산다"),
        (plain("읽다"), "읽는다"),
        (plain("있다"), "있다"),
        (plain("크다", is_verb=False), "크다"),
        (join("살다", "는"), "사는"),
        (join("만들다", "지만"), "만들지만"),
        (join("읽다", "고"), "읽고"),
        (join("가다", "자"), "가자"),
        (join_eu("만들다", "ㅂ시다"), "만듭시다"),
        (join_eu("걷다", "ㅂ시다"), "걸읍시다"),
        (join_eu("만들다", "러"), "만들러"),
        (join_eu("돕다", "려고"), "도우려고"),
        (join_eu("살다", "니까"), "사니까"),
        (join_eu("듣다", "ㄹ까요"), "들을까요"),
        (join_eu("만들다", "ㅁ"), "만듦"),
        (infinitive("배가 고프다"), "배가 고파"),
        (infinitive("목이 마르다"), "목이 말라"),
        (attributive("살다"), "사는"),
        (attributive("읽다", "future"), "읽을"),
        (honorific("말하다"), "말씀하시다"),
        (finish(honorific("책을 읽다"), "formal"), "책을 읽으십니다"),
        (finish(past(honorific("가다")), "polite"), "가셨어요"),
    ],
)
def test_single_forms(form: str, expected: str) -> None:
    assert form == expected


@pytest.mark.parametrize(
    ("name", "korean", "honored", "english"),
    [
        ("progressive", "읽고 있다", "읽고 계시다", "be reading"),
        ("want", "읽고 싶다", "읽고 싶으시다", "want to read"),
        ("want_other", "읽고 싶어 하다", "읽고 싶어 하시다", "want to read"),
        ("can", "읽을 수 있다", "읽으실 수 있다", "can read"),
        ("must", "읽어야 하다", "읽으셔야 하다", "have to read"),
        ("may", "읽어도 되다", "읽으셔도 되다", "may read"),
        ("experience", "읽은 적이 있다", "읽으신 적이 있다", "have read"),
        ("plan", "읽으려고 하다", "읽으려고 하시다", "plan to read"),
        ("start", "읽기 시작하다", "읽기 시작하시다", "start to read"),
        ("know_how", "읽을 줄 알다", "읽으실 줄 알다", "know how to read"),
        ("like", "읽는 것을 좋아하다", "읽는 것을 좋아하시다", "like reading"),
    ],
)
def test_modalities(name: str, korean: str, honored: str, english: str) -> None:
    modality = MODALITIES[name]
    assert modality.korean("읽다", False) == korean
    assert modality.korean("읽다", True) == honored
    assert modality.english(VerbPhrase.parse("read")).base() == english


def test_denials() -> None:
    assert deny("가다", is_short_form=True) == "안 가다"
    assert deny("배가 고프다", is_short_form=True) == "배가 안 고프다"
    assert deny("공부하다", is_short_form=True) == "공부하지 않다"
    assert cannot("가다") == "못 가다"
    assert cannot("공부하다") == "공부하지 못하다"
    assert deny_lexically("갈 수 있다") == "갈 수 없다"
    assert deny_lexically("할 줄 알다") == "할 줄 모르다"
    with pytest.raises(ValueError, match="가다"):
        deny_lexically("가다")


@pytest.mark.parametrize("word", ["먹", "다", "", "책 다"])
def test_not_a_dictionary_form(word: str) -> None:
    with pytest.raises(ValueError, match="dictionary form"):
        stem_of(word)


def test_unknown_style() -> None:
    with pytest.raises(ValueError, match=r"polite, formal, casual, plain. Received: 'rude'"):
        finish("가다", "rude")


def test_irregular_class() -> None:
    lemmas = ["돕다", "입다", "걷다", "닫다", "모르다", "따르다", "푸르다", "좋다", "기다리다"]
    expected = ["ㅂ", "", "ㄷ", "", "르", "으", "러", "", ""]
    assert [irregular_class(lemma) for lemma in lemmas] == expected


@pytest.mark.parametrize(
    "row",
    """
eat eats ate eaten eating
go goes went gone going
have has had had having
study studies studied studied studying
play plays played played playing
stop stops stopped stopped stopping
visit visits visited visited visiting
open opens opened opened opening
write writes wrote written writing
swim swims swam swum swimming
read reads read read reading
wash washes washed washed washing
fix fixes fixed fixed fixing
lie lies lay lain lying
see sees saw seen seeing
borrow borrows borrowed borrowed borrowing
begin begins began begun beginning
""".strip().splitlines(),
)
def test_english_verbs(row: str) -> None:
    verb = row.split(maxsplit=1)[0]
    made = [third_person(verb), past_tense(verb), past_participle(verb), present_participle(verb)]
    assert [verb, *made] == row.split()


def test_english_nouns_and_adjectives() -> None:
    nouns = ["book", "box", "child", "baby", "toy", "knife", "cup of coffee", "Korean movie"]
    assert [plural(noun) for noun in nouns] == [
        "books", "boxes", "children", "babies", "toys", "knives", "cups of coffee", "Korean movies",
    ]  # fmt: skip
    words = ["apple", "book", "hour", "university", "umbrella", "English teacher", "house", "egg"]
    assert [article(word) for word in words] == ["an", "a", "an", "a", "an", "an", "a", "an"]
    degrees = {
        "big": ("bigger", "biggest"),
        "busy": ("busier", "busiest"),
        "large": ("larger", "largest"),
        "cheap": ("cheaper", "cheapest"),
        "good": ("better", "best"),
        "quiet": ("quieter", "quietest"),
        "famous": ("more famous", "most famous"),
        "expensive": ("more expensive", "most expensive"),
        "tired": ("more tired", "most tired"),
    }
    assert {word: (comparative(word), superlative(word)) for word in degrees} == degrees


HE, ME, WE, YOU = Agreement(), Agreement(1), Agreement(1, True), Agreement(2)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (statement("he", HE, VerbPhrase.parse("eat")), "he eats"),
        (statement("we", WE, VerbPhrase.parse("eat")), "we eat"),
        (statement("he", HE, VerbPhrase.parse("get up"), "past"), "he got up"),
        (statement("I", ME, VerbPhrase.parse("eat"), "past", True), "I didn't eat"),
        (statement("he", HE, VerbPhrase.parse("eat"), "future", True), "he won't eat"),
        (statement("he", HE, VerbPhrase.parse("eat"), adverb="often"), "he often eats"),
        (statement("he", HE, VerbPhrase.parse("be busy"), adverb="always"), "he is always busy"),
        (statement("I", ME, VerbPhrase.parse("be busy"), "present", True), "I am not busy"),
        (statement("we", WE, VerbPhrase.parse("be busy"), "past", True), "we weren't busy"),
        (statement("he", HE, VerbPhrase("can", "swim", True), "past", True), "he couldn't swim"),
        (statement("he", HE, VerbPhrase("can", "swim", True), "future"), "he will be able to swim"),
        (
            statement("he", HE, VerbPhrase("have", "eaten", True), adverb="never"),
            "he has never eaten",
        ),
        (statement("he", HE, VerbPhrase.parse("have to go"), "past"), "he had to go"),
        (question("he", HE, VerbPhrase.parse("have to go")), "does he have to go"),
        (question("he", HE, VerbPhrase.parse("eat"), "past"), "did he eat"),
        (question("you", YOU, VerbPhrase.parse("be busy"), "past"), "were you busy"),
        (question("he", HE, VerbPhrase("have", "eaten", True)), "has he eaten"),
        (question("he", HE, VerbPhrase.parse("eat"), "future"), "will he eat"),
    ],
)
def test_english_predicates(made: str, expected: str) -> None:
    assert made == expected


def test_be_and_unknown_tense() -> None:
    assert [be(who) for who in (ME, YOU, HE, WE)] == ["am", "are", "is", "are"]
    assert [be(who, "past") for who in (ME, YOU, HE, WE)] == ["was", "were", "was", "were"]
    with pytest.raises(ValueError, match="Received: 'perfect'"):
        statement("he", HE, VerbPhrase.parse("eat"), "perfect")
