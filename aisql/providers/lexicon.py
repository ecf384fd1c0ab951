"""Words and patterns of the built-in provider: what speaks of a topic, praises or blames, or is a name.

The lists are short on purpose: enough to sort headlines and product reviews in a demonstration, in English
with a few everyday words of German, Spanish and Chinese. Words are compared by their stems.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

BREAK: Final = "."
"""The token that stands for the end of a clause."""

_HAN = "\u2e80-\u2fff\u3040-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(
    rf"[{_HAN}]+|[^\W\d_{_HAN}]+(?:['’][^\W\d_{_HAN}]+)*|\d+|[\u2600-\u27bf\U0001f300-\U0001faff]"
    r"|[.,;:!?()。，！？；：\n]"
)
_BREAKS = frozenset(".,;:!?()。，！？；：\n")
_DOUBLED = re.compile(r"([bdgkmnprt])\1$")


def tokens(text: str) -> list[str]:
    """The lower-case words of a text with BREAK between clauses; Chinese in pairs of characters."""
    found: list[str] = []
    for match in _TOKEN.finditer(text.lower().replace("’", "'")):
        token = match[0]
        if token in _BREAKS:
            found.append(BREAK)
        elif len(token) > 1 and token[0] >= "\u2e80" and token[0] <= "\ud7af":
            found.extend(token[at : at + 2] for at in range(len(token) - 1))
        else:
            found.append(token)
    return found


def stem(word: str) -> str:
    """A word without the endings of plurals, tenses and adverbs: `shipped`, `shipping` -> `ship`."""
    if len(word) < 4 or not word.isascii():
        return word
    if word.endswith("'s"):
        return stem(word[:-2])
    if word.endswith(("ies", "ied")) and len(word) > 4:
        return word[:-3] + "y"
    for ending in ("ing", "ed", "es", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return _DOUBLED.sub(r"\1", word[: -len(ending)]).removesuffix("e")
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word.removesuffix("e")


def content_stems(text: str) -> list[str]:
    """The stems of the words that carry meaning, in order, each once."""
    found = (stem(token) for token in tokens(text) if token != BREAK and token not in STOP_WORDS)
    return list(dict.fromkeys(found))


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _stems(words: str) -> Iterator[str]:
    return (stem(word) for word in words.split())


STOP_WORDS: Final = _set("""
    a about after all also am an and any are as at be because been before being but by can could did do
    does for from had has have he her him his how i if in into is it it's its just me more most my no
    not of on one or our out over please she should so some than that the their them then there these
    they this those to too up us was we were what when where which while who why will with would you
    your
""")

# topic: the words a label may name it by | the words that speak of it. A word with `!` counts twice;
# `@topic` stands for the words of another topic. A topic goes on in the lines that are indented further.
_TOPICS: Final = """
    technology: technology tech it computing computer digital software hardware ai science | ai!
        algorithm app apps browser chip chips cloud code computer computers cyber data developer
        developers device digital encryption engineer gadget hardware internet laptop machine model
        network online phone processor programming quantum robot robots semiconductor server smartphone
        software! startup tech technology transistor web
    science: science scientific research | astronomer biology cell chemistry climate experiment fossil
        galaxy genome lab laboratory nasa physics planet quantum research! researcher researchers
        scientist! space species study telescope
    sports: sport sports athletics football | athlete ball baseball basketball champion championship
        coach cricket cup final football! game goal goals golf league marathon match medal olympic
        olympics player players race score scored season soccer! stadium striker team teams tennis!
        tournament trophy victory win wins won
    finance: finance financial business economy economics market markets money stocks | bank banks bond
        bonds budget ceo company currency debt dividend dollar earnings economic economy euro fund
        inflation! interest invest investment investor investors ipo loan market markets merger mortgage
        profit profits quarter quarterly rates recession revenue sales shares stock stocks tax trade
        trader
    entertainment: entertainment culture arts movies music celebrity | actor actors actress album! award
        band blockbuster celebrity cinema comedy concert director drama episode festival film films
        hollywood movie movies! music musician novel oscar oscars premiere series singer song songs star
        theater theatre tour
    politics: politics political government world policy | ballot bill campaign candidate coalition
        congress democracy democrat diplomat election! elections government law legislation mayor
        minister! ministers nation parliament! party policy politician president republican sanctions
        senate! senator treaty vote voted voters
    health: health medical medicine healthcare wellness fitness | cancer clinic clinical cure diet
        disease doctor doctors drug exercise flu hospital! infection medical medicine mental nurse
        nutrition pain patient patients sleep surgery symptom symptoms therapy treatment trial vaccine!
        virus vitamin
    travel: travel tourism trips holidays | abroad airline airport beach boarding booking cruise
        destination flight flights hotel! hotels island itinerary journey luggage museum passport resort
        sightseeing tourism tourist tourists! travel traveller trip vacation visa
    food: food cooking restaurant restaurants recipes dining | bake baked bread breakfast cake cheese
        chef chocolate coffee cook cooked cooking delicious dessert dinner dish dishes eat flavor
        flavour fruit garlic ingredients kitchen lunch meal meals menu pasta pizza recipe! restaurant
        rice salad sauce soup spicy taste tasty vegetable waiter wine
    delivery: delivery shipping shipment logistics courier fulfilment packaging | arrival arrive
        arrived! box boxes came carrier carton courier! couriers customs deliver delivered! deliveries
        delivery! dispatch! dispatched doorstep driver entrega envio envío item late letterbox
        lieferung! ordered package! packaging! packed paket parcel! parcels post postponed received sent
        ship shipment! shipped! shipping! stock tracking! transit unwrap versand! warehouse weeks
        wrapped wrong 包装 发货 快递 物流! 配送!
    quality: quality product build durability reliability defect performance usability features |
        @battery @bug @design @display @sound accurate alarm blades blends boils bright broke broken
        buckle button buttons calidad! camera! charge clean comfortable connection counts crack cracked
        cushions defective design dry dull durable easy fabric fan fault faulty feels fell fingerprint
        fit fits flimsy fluff fragile glass gps handle hinge holds hot junk keyboard lamp leak leaked
        leaking lens lid light loud material menu motor noisy overheats padded pairs performance photos
        plug pockets powerful protects quality! qualität! quiet rattle rattles reliable ripped scratch
        scratched scratches scratchy scrolls seal seam seams sensor sharp signal smell smells smoke
        smooth soft software solid steps stitch strap straps strong sturdy stylish suave survive
        survived sweat switch thin tore torn tough tracks warm waschen wash washed washing water
        waterproof weak wears weich wheel works worn wrist zip 质量!
    price: price prices pricing cost costs value money affordability | affordable! barato! bargain!
        bucks budget buy caro! cent charged cheap cheaper cheapest cheaply cost! deal discount
        discounted! dollar! dollars! double euro! euros! expensive! fair fee! fees fortune günstig! half
        inexpensive! money! offer overpriced! paid pay! payment! precio! preis! preiswert premium price!
        priced! prices! reduced refurbished sale saved steal subscription teuer! third value! worth 价格!
        便宜! 性价 贵
    support: support service customer helpdesk help assistance staff | advice agent! answer answered
        answers apology asked assistant! atención blamed called care chat! cliente! company courteous
        customer! desk emailed! emails engineer explained friendly guarantee help helped helpful!
        helpless hold kind kundendienst! mailed message messages people phone polite promised question
        refund! refused repair repaired! replaced replacement! replied reply respond responded response
        rude! service! servicio! solved spare staff! support! supports team technician! ticket! told
        warranty! 售后! 客服! 服务!
    billing: billing payment payments invoice charges subscription account | account bank bill billed!
        billing! card charge charged! credit fee invoice! paid payment! receipt renew renewal
        subscription! twice
    refund: refund refunds returns return exchange | back cancel cancelled exchange! refund! refunded!
        reimburse return! returned! sent
    bug: bug bugs defect error issue technical incident | broken bug! buzzes crackles crash! crashed!
        crashes! crashing! dead error! errors fail failed fails fault flickers freeze freezes! frozen
        glitch! hangs hisses reboot reset screen stopped update
    feature: feature request suggestion idea enhancement | could feature! idea improve option please
        request! suggest suggestion! wish! would
    battery: battery power charging | akku! bateria! batería! batteries battery! charge! charged charger
        charges! charging! drain! plug power rechargeable! 充电 电池! 续航!
    display: display screen picture monitor | backlight! bildschirm! bright brightness color colors
        colour colours contrast! dim display! flicker pantalla! picture pixel! pixels! resolution
        screen! 屏幕!
    sound: sound audio noise music | audio! bass! crackles earbuds headphones hear hisses klangqualität!
        loud microphone! music noise quiet silent sound! sounds! speaker stereo tinny
        volume! 低音 声音 音质!
    design: design look looks appearance style comfort | beautiful color colour comfortable comfy
        design! elegant gorgeous handsome look looks pretty shape size sleek stylish 外观!
    spam: spam scam phishing advertising junk | cash casino claim click congratulations exclusive free!
        guaranteed limited lottery offer prize! selected subscribe urgent viagra win winner! won
    urgent: urgent urgency critical emergency high | asap! critical down emergency! immediately! now
        outage! urgent!
    security: security privacy safety | attack breach! hacked! hacker leak malware! password! phishing
        privacy ransomware! security! stolen vulnerability
    education: education school learning | campus class classroom college course exam exams grades
        lesson pupils school! student! students! teacher! teachers university!
    environment: environment climate nature weather | carbon climate! drought emissions! flood forest
        heat hurricane nature pollution rain recycling species storm! sustainable weather! wildfire
"""


def _read_topics() -> tuple[dict[str, frozenset[str]], dict[str, dict[str, int]]]:
    """The topics a label's word names, and for every word the topics it speaks of with their weights."""
    lines = [" ".join(line.split()) for line in re.split(r"\n {4}(?=\S)", _TOPICS.strip("\n"))]
    words = {line.partition(":")[0]: line.partition("|")[2].split() for line in lines}
    named: dict[str, set[str]] = {}
    spoken: dict[str, dict[str, int]] = {}
    for line in lines:
        topic, _, names = line.partition("|")[0].partition(":")
        for name in _stems(names):
            named.setdefault(name, set()).add(topic)
        own = [word for word in words[topic] if not word.startswith("@")]
        lent = [each for word in words[topic] if word.startswith("@") for each in words[word[1:]]]
        for word in (*lent, *own):
            weights = spoken.setdefault(stem(word.rstrip("!")), {})
            weights[topic] = max(weights.get(topic, 0), 2 if word.endswith("!") else 1)
    return {name: frozenset(topics) for name, topics in named.items()}, spoken


_READ = _read_topics()
TOPICS_OF_LABEL_WORD: Final[Mapping[str, frozenset[str]]] = _READ[0]
"""Stem of a label's word -> the topics it names."""
TOPICS_OF_WORD: Final[Mapping[str, Mapping[str, int]]] = _READ[1]
"""Stem of a word -> the topics it speaks of, each with a weight of 1 or 2."""

# A word with `!` counts twice; one after `=` counts in this form only.
_PRAISE = """
    accurate adore! affordable amable amazing! amiable angenehm awesome! bargain beautiful beautifully
    best! better bright brilliant! buena bueno buttery calm charming cheaper cheerful clean clear
    clever comfortable comfy cool courteous crisp decent delicious delight delighted! dependable
    discounted durable earned easy elegant encanta! enjoy enjoyable enjoyed enjoys excelente! excellent!
    fabulous! fair fantastic! fast favorite favourite finally fine flawless! free friendly fun gentle
    glad good gorgeous! gracias great! gut gute handsome handy happily happy helpful hervorragend!
    impressed impressive incredible! inexpensive inviting joy! kind =lasts leise =liked =likes love!
    loved! lovely loyal nice outstanding! patient perfect! perfectly! perfecto! pleasant pleased polite
    powerful preciosa precious pretty proper properly quick quickly quiet recommend! recommended!
    reliable repaired rich satisfied saved schnell schön sensible sharp sicher silent simple sleek
    smooth smoothly soft solid solved splendid! spotless steal sturdy stylish suave success super
    superb! superschnell survive survived swift tasty terrific! thank thanks thorough tough useful warm
    waterproof weich well win wonderful! =worked =works worth wunderbar! ❤ 不错 优秀! 喜欢! 完美!
    很好! 推荐! 清晰 满意!
    🎉 👍 😀 😊 😍 🙂
"""
_BLAME = """
    absurd angry annoying cheated awful! awkward bad badly bankrupt blamed bleeds boring break broke broken
    buggy caro clumsy complain complaint confusing crack cracked crackles crash crashed crashes crashing
    damaged dangerous! dead defective delayed died dirty disappear disappointed! disappointing!
    disappointment! disconnected dreadful! dull enttäuscht! error expensive fades fail failed fails
    failure fault faulty feeble flawed flicker flickers flimsy fortune fragile freezes frustrated
    frustrating! garbage! grainy greedy hate! hated! hiss holes hollow hopeless! horrible! hurts
    ignored impossible inaccurate itchy junk! =late leak leaked leaking leaks lied lie lies loses lost loud
    =mad mal mala malo mediocre misses missing moan nobody noisy nonsense overheats overpriced! overslept
    pain painful pathetic! peeled pieces poor poorly postpone postponed problem problems rash rattle
    rattles refuse refused regret ridiculous! rip-off ripped rude! ruin ruined! scam! schlecht!
    scratched scratches scratchy shame shameful! shattered shed silence slow slowly smell
    smells smoke soaked sore squeezes stopped stuck stupid swelled terrible! teuer thin threw tinny tore
    trash! trouble ugly unacceptable! unbelievable undone unhappy unreliable unusable! upset useless!
    waited waste! weak wobbles wobbliest wobbly worn worse! worst! worthless! wrong 垃圾!
    太差! 太慢! 失望! 糟糕!
    难用! 👎 😠 😡 😢
"""


def _read_polarity() -> dict[str, int]:
    found: dict[str, int] = {}
    for sign, words in ((1, _PRAISE), (-1, _BLAME)):
        for word in words.split():
            plain = word.strip("=!")
            key = plain if word.startswith("=") else stem(plain)
            found.setdefault(key, sign * (2 if word.endswith("!") else 1))
    return found


POLARITY: Final[Mapping[str, int]] = _read_polarity()
"""Stem of a word (or a word) -> 1 or 2 for praise, -1 or -2 for blame."""

NEGATIONS: Final = _set("""
    no not never without hardly barely nothing none neither nor cannot zero
    nicht kein keine nie ohne nunca sin
""")

PRAISING_LABELS: Final = frozenset(
    _stems("positive pos good great happy satisfied favorable favourable praise promoter joy joyful")
)
BLAMING_LABELS: Final = frozenset(
    _stems("negative neg bad poor unhappy dissatisfied unfavorable complaint detractor angry sad anger")
)
MIXED_LABELS: Final = frozenset(_stems("mixed both ambivalent"))
FALLBACK_LABELS: Final = tuple(
    _stems("neutral other others unknown none miscellaneous misc general unclear uncategorized mixed")
)

_CONTRASTS = _set("but although though however yet aber pero")
_LIKERS = _set("i we they really also n't not don't didn't doesn't")


def polarity(text: str) -> tuple[int, int, int]:
    """How much a text praises and how much it blames, and the sign of what it says last.

    A negation turns the next word of praise or blame within three words. Praise that is followed by `but`
    and no further word of either kind counts as half taken back, and so does blame.
    """
    praise = blame = last = reach = pending = 0
    words = tokens(text)
    for at, word in enumerate(words):
        reach -= 1
        # "nothing but" is no contrast.
        if word == BREAK or (word in _CONTRASTS and reach < 3):
            reach = 0
            pending = last if word != BREAK else pending
            continue
        if word in NEGATIONS or word.endswith("n't"):
            reach = 4
        value = _value(words, at)
        if value and 0 < reach < 4:
            value, reach = (-1 if value > 0 else 1), 0
        if value:
            last, pending = value, 0
        praise, blame = praise + max(value, 0), blame + max(-value, 0)
    if pending > 0:
        blame += (praise + 1) // 2
    elif pending < 0:
        praise += (blame + 1) // 2
    return praise, blame, last


def _value(words: list[str], at: int) -> int:
    """What one word says by itself: "too loud" blames, and "like" praises only after who likes."""
    word = words[at]
    if word == "like":
        return int(at > 0 and words[at - 1] in _LIKERS)
    if word == "too":
        return -int(words[at + 1 : at + 2] not in ([], [BREAK]))
    return POLARITY.get(word) or POLARITY.get(stem(word), 0)


_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w'’-]+"
_NAMES = rf"{_CAPITAL}(?:\s(?:{_CAPITAL}|[A-Z]\.|van|von|de|of)(?=\s+{_CAPITAL}))*(?:\s{_CAPITAL})*"
# Words that open a sentence or a letter and are no part of the name behind them.
_OPENING = r"(?!(?:Ask|Call|Contact|Dear|Email|Hello|Hi|Mail|Meet|Please|Tell|The|Write|Yesterday)\b)"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_CURRENCY = r"(?:dollars?|euros?|pounds?|yuan|yen|francs?|cents?|USD|EUR|GBP|CNY|JPY|CHF|€|£|元)"
_DATE = (
    r"\b\d{4}-\d{1,2}-\d{1,2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b\d{1,2}(?:st|nd|rd|th|\.)?\s"
    + _MONTH
    + r"(?:,?\s\d{4})?\b|\b"
    + _MONTH
    + r"\s\d{1,2}(?:st|nd|rd|th)?(?:,?\s\d{4})?\b|\d{4}年\d{1,2}月\d{1,2}日"
)

# kind: the words that ask for it | the pattern; its first group, where it has one, is the value.
# Few answers look for all of these: a pattern is compiled where it is first used.
_ENTITIES: Final = tuple(
    (kind, frozenset(words.split()), pattern)
    for kind, words, pattern in (
        ("email", "email mail e-mail", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
        (
            "url",
            "url link website site homepage web",
            r"https?://[^\s,;<>\"')]+[^\s,;<>\"').]|\bwww\.[\w./-]*\w",
        ),
        ("date", "date day when birthday deadline due dob", _DATE),
        (
            "money",
            "money amount price cost total salary fee budget revenue paid",
            rf"(?:[$€£¥]|\b(?:USD|EUR|GBP|CNY)\b)\s?\d[\d,]*(?:\.\d+)?(?:\s?(?:million|billion|[kKmM]\b))?"
            rf"|\b\d[\d,]*(?:\.\d+)?\s?{_CURRENCY}(?!\w)",
        ),
        (
            "phone",
            "phone telephone tel mobile cell fax",
            r"(?<![\w-])\+?\(?\d(?:[ ()./-]{0,2}\d){6,14}(?![\w-])",
        ),
        (
            "age",
            "age years old",
            r"\b(\d{1,3})(?=[ -]years?[ -]old|\s?岁| years of age)|\b[Aa]ged?:?\s(?:is\s)?(\d{1,3})\b"
            r"|(?<=[a-z],\s)(\d{1,2})(?=\s*[,.])",
        ),
        (
            "organization",
            "company organization organisation employer org firm",
            rf"\b(?:{_CAPITAL}\s)+(?:Inc|Corp|Corporation|Ltd|LLC|GmbH|AG|University|Bank|Group|Labs)\b"
            rf"|(?:\bworks? (?:at|for)|\bjoined|\bemployed (?:at|by)|\bat)\s({_NAMES})",
        ),
        (
            "place",
            "city country location place address town state region where",
            rf"\b\d+\s{_NAMES}\s(?:Street|St|Road|Avenue|Ave|Lane)\b|\b(?:in|from|near|to|visit(?:ed|ing)?)\s({_NAMES})",
        ),
        (
            "name",
            "name person customer author who people contact sender",
            rf"(?:[Nn]ame is|[Nn]ame:|I am|I'm|[Tt]his is|Mr\.?|Mrs\.?|Ms\.?|Dr\.?|[Cc]alled)\s({_NAMES})"
            rf"|\b{_OPENING}{_CAPITAL}(?:\s[A-Z]\.)?(?:\s{_CAPITAL})+|(?<=[\w,]\s){_CAPITAL}",
        ),
        (
            "number",
            "number count quantity qty id order rating score year zip code size weight",
            r"(?<![\w.])\d+(?:[.,]\d+)*(?!\w)",
        ),
    )
)

ENTITY_KINDS: Final = tuple(kind for kind, _, _ in _ENTITIES)


def entity_kind(key: str) -> str | None:
    """The kind of value that a key (`customer_name`, `eMail`) asks for, None where its words tell nothing."""
    words = re.split(r"[\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower())
    for kind, asking, _ in _ENTITIES:
        if any(word in asking or word.removesuffix("s") in asking for word in words):
            return kind
    return None


def entities(kind: str, text: str) -> list[str]:
    """Everything in a text that looks like an `email`, a `url`, a `date` and so on, in order."""
    if kind == "number":
        # A bare number is one that is no part of anything else.
        for other in ("email", "url", "date", "money", "phone", "age"):
            for value in entities(other, text):
                text = text.replace(value, " ")
    pattern = next(pattern for each, _, pattern in _ENTITIES if each == kind)
    found = (
        next((group for group in match.groups() if group), match[0]) for match in re.finditer(pattern, text)
    )
    if kind == "phone":
        return [each for each in found if not re.fullmatch(_DATE, each)]
    if kind == "name":
        return [each for each in found if each.lower() not in STOP_WORDS]
    return list(found)
