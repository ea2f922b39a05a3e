from pathlib import Path

import numpy as np
import pytest
from composing import composed

from ivg.errors import ConfigError
from ivg.hygiene.loop import Loop
from ivg.hygiene.patterns import Patterns
from ivg.hygiene.prompt_echo import PromptEcho
from ivg.hygiene.rule import Known
from ivg.hygiene.too_common import TooCommon
from ivg.plan import resolved
from ivg.records import Caption, Video
from ivg.stage import Context, Tally
from ivg.stages.hygiene import Hygiene
from ivg.targets import build
from ivg.video.frames import FrameStore

CONTEXT = Context(FrameStore(Path("nowhere")))
PROMPT = "Describe what happens in one plain sentence."
CAPTIONS = {
    "a photo of an Egyptian cat": None,
    "a man and a woman and a man and a boy": None,
    "a cat, a cat and a dog": None,
    "two cats, two dogs and two birds": None,
    "a sorry sight by the sea": None,
    "I can see the sea, says the sign": None,
    "a clock that shows 10 10 10": None,
    "一只猫在桌子上睡觉": None,
    "a photo of": None,
    "a woman shows an image of a cat": None,
    "...": "empty",
    "\u200b - ": "empty",
    "a man a man a man": "loop",
    "the the the the cat": "loop",
    "a very very very long train": None,
    "step 1, step 2, step 3": None,
    "a presenter asks viewers to please share and subscribe": None,
    "there is no picture on the wall, only a nail": None,
    "It is a video game in which a plumber runs": None,
    "Here is a dog running along the beach": None,
    "Here's a short caption: a dog": "boilerplate",
    "a dog runs and a dog runs and a dog runs and a dog": "loop",
    "一只猫一只猫一只猫": "loop",
    "In this image we can see a dog": "boilerplate",
    "the picture shows a dog": "boilerplate",
    "Sure, here is a caption: a dog": "boilerplate",
    "I'm sorry, I can't help with that.": "refusal",
    "I\u2019m sorry, but I can\u2019t see it": "refusal",
    "As an AI language model, I have no eyes": "refusal",
    "I cannot see any image": "refusal",
    "Please provide the image.": "refusal",
    "I'm unable to see the picture": "refusal",
    "As an AI, I can't watch videos": "refusal",
    "No image provided.": "refusal",
    "There are no images.": "refusal",
    "I'm afraid I can't see anything": "refusal",
    "I'm afraid of the dark, says a sign": None,
    "no people on an empty street": None,
    "We can see a dog in this image": "boilerplate",
    "In this video, a man rides a bike": "boilerplate",
    "The image is of a dog": "boilerplate",
    "in this city a man rides a bike": None,
    "a man can see a dog": None,
    "describe what happens in one plain sentence": "prompt_echo",
    "user: Describe what happens in one plain sentence. a dog": "prompt_echo",
    "what happens in one plain": "prompt_echo",
}


def video(name: str, *texts: str) -> Video:
    return Video(name, name, captions=tuple(Caption(i, i + 1, t, i) for i, t in enumerate(texts)))


def judged(stage: Hygiene, *videos: Video) -> list:
    stage.prepare(videos)
    return [stage.process(one, CONTEXT) for one in videos]


@pytest.fixture(scope="module")
def default() -> Hygiene:
    return build(resolved(composed("captioner=llava"))["hygiene"])


@pytest.mark.parametrize(("text", "reason"), CAPTIONS.items())
def test_hygiene_default_tells_captions_from_other_answers(default, text, reason):
    (outcome,) = judged(default, video("a", text))
    assert outcome.fields["clean"].tolist() == [reason is None]
    dropped = {reason: 1} if reason else {}
    assert outcome.tallies == (Tally("caption", 1, int(reason is None), dropped),)


def test_hygiene_books_balance_over_a_mixture(default):
    (outcome,) = judged(default, video("a", *CAPTIONS))
    (tally,) = outcome.tallies
    assert tally.balanced
    assert tally.n_in == len(CAPTIONS)
    assert outcome.fields["clean"].tolist() == [reason is None for reason in CAPTIONS.values()]


def test_hygiene_prompts_are_those_of_the_captioner():
    asked = "captioner.prompt='Say what you can see here'"
    stage = build(resolved(composed("captioner=llava", asked))["hygiene"])
    first, second = judged(stage, video("a", PROMPT), video("b", "say what you can see here"))
    assert first.fields["clean"].tolist() == [True]
    assert second.tallies[0].dropped == {"prompt_echo": 1}


def test_hygiene_finds_one_caption_on_many_videos():
    stage = Hygiene(rules={"too_common": TooCommon(min_videos=3, share=0.5)})
    videos = [video(str(i), "A dog.", f"thing {i}") for i in range(3)]
    found = judged(stage, *videos, video("x", "a dog"), video("y", "a cat"))
    assert [one.fields["clean"].tolist() for one in found] == [
        *[[False, True]] * 3,
        [False],
        [True],
    ]
    few = judged(stage, *videos[:2], *(video(f"more{i}", "a cat") for i in range(2)))
    assert all(one.fields["clean"].all() for one in few)


def test_hygiene_of_one_video_knows_nothing_too_common(default):
    (outcome,) = judged(default, video("a", *["a dog"] * 500))
    assert outcome.fields["clean"].all()


def test_hygiene_without_rules_or_captions_keeps_all():
    first, second = judged(Hygiene(), video("a", "...", "I'm sorry"), video("b"))
    assert first.fields["clean"].tolist() == [True, True]
    assert second.fields["clean"].dtype == np.bool_
    assert second.tallies == (Tally("caption", 0, 0),)


def test_hygiene_rule_is_switched_off_by_null():
    stage = build(resolved(composed("hygiene.rules.loop=null"))["hygiene"])
    (outcome,) = judged(stage, video("a", "a man a man a man"))
    assert outcome.fields["clean"].tolist() == [True]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: Loop(times=1), r"loop\.times"),
        (lambda: Loop(max_words=0), r"loop\.max_words"),
        (lambda: PromptEcho(min_words=0), r"prompt_echo\.min_words"),
        (lambda: TooCommon(min_videos=1), r"too_common\.min_videos"),
        (lambda: TooCommon(share=2), r"too_common\.share"),
        (lambda: Patterns(["(unclosed"]), r"'\(unclosed' is no pattern"),
        (lambda: Patterns([]), "patterns"),
    ],
)
def test_hygiene_rules_refuse_values_out_of_range(made, said):
    with pytest.raises(ConfigError, match=said):
        made()


@pytest.mark.parametrize("times", [2, 3, 4])
def test_loop_counts_repetitions(times):
    rule = Loop(times=times)
    assert rule.hits(" ".join(["a red car"] * times))
    assert not rule.hits(" ".join(["a red car"] * (times - 1)))


def test_prompt_echo_leaves_short_prompts_alone():
    rule = PromptEcho()
    rule.learn(Known(["a photo of"], []))
    assert not rule.hits("a photo of a cat")


def test_patterns_take_one_text_for_a_list_of_one():
    rule = Patterns("^sorry")
    assert rule.hits("Sorry, no")
    assert not rule.hits("a cat")
