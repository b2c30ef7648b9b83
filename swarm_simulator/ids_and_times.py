"""Names, ids, times and ages as Docker writes them."""

from datetime import UTC, datetime
from random import Random

NEVER = "0001-01-01T00:00:00Z"
_ADJECTIVES = ("amazing", "bold", "brave", "clever", "cool", "dazzling", "eager", "elegant", "focused", "friendly",
               "gallant", "gifted", "happy", "hopeful", "jolly", "keen", "kind", "lucid", "modest", "nifty", "quirky",
               "relaxed", "serene", "sharp", "stoic", "sweet", "tender", "vibrant", "wizardly", "zen")  # fmt: skip
_SURNAMES = ("archimedes", "babbage", "bell", "boyd", "cannon", "curie", "darwin", "easley", "einstein", "euler",
             "franklin", "galileo", "gauss", "goodall", "hamilton", "hawking", "hopper", "jones", "keller", "knuth",
             "lamarr", "leavitt", "lovelace", "meitner", "newton", "noether", "pascal", "ride", "torvalds",
             "turing")  # fmt: skip


def hex_id(random: Random) -> str:
    """The id of a container, an image or a local network: 64 hexadecimal digits."""
    return f"{random.getrandbits(256):064x}"


def random_name(random: Random) -> str:
    """What the engine calls a container without a given name."""
    return f"{random.choice(_ADJECTIVES)}_{random.choice(_SURNAMES)}"


def stamp(moment: float) -> str:
    """The moment in RFC 3339 with nine digits of a second, in UTC; `NEVER` for 0."""
    if not moment:
        return NEVER
    nanoseconds = round(moment % 1 * 1e9) % 1_000_000_000
    return f"{datetime.fromtimestamp(int(moment), UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09}Z"


def age(seconds: float) -> str:
    """A duration in words, as Docker writes it (docker/go-units, duration.go, HumanDuration)."""
    whole = int(seconds)
    if whole < 1:
        return "Less than a second"
    if whole < 60:
        return "1 second" if whole == 1 else f"{whole} seconds"
    minutes = whole // 60
    if minutes < 60:
        return "About a minute" if minutes == 1 else f"{minutes} minutes"
    hours = int(seconds / 3600 + 0.5)
    if hours < 48:
        return "About an hour" if hours == 1 else f"{hours} hours"
    if hours < 24 * 7 * 2:
        return f"{hours // 24} days"
    if hours < 24 * 30 * 2:
        return f"{hours // 24 // 7} weeks"
    return f"{hours // 24 // 30} months" if hours < 24 * 365 * 2 else f"{int(seconds / 3600) // 24 // 365} years"
