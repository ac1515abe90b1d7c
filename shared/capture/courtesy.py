"""What stands around a value and says nothing by itself: "no, sorry, it's", "D'accord :", "my number is"."""

import re
from functools import cache

from shared.capture.ownership import NOUN
from shared.capture.talk import CHAT

_LONGEST = 120
_SIGNS = " \n,.!:;()*&–—-\"'"
_MINE = (
    r"(?:my|mine|mi|meine?|mon|ma|the|la|el|die|le) (?:(?:correct|right|real|new|correcto|richtige|bonne?) )?"
    rf"{NOUN}"
)
_AROUND = (
    rf"{_MINE}(?: is| es| ist| lautet| est)?|(?:that's|that is|it's|this is) not {_MINE}|"
    r"no (?:problem|worries)|sorry(?: about that)?|(?:my )?apologies|my (?:bad|mistake)|oh|oops|whoops|ah|um|uh|wait|"
    r"pardon(?: me)?|excuse me|i(?:'ve| have)?(?: just)? (?:made an? (?:typo|mistake|error)|"
    r"(?:mistyped|misspelled|misspelt)(?: (?:it|that|my \w+))?)|i (?:meant|mean)(?: to (?:write|type|say))?|"
    r"(?:there was|that was|it was|that's|it's|that is) (?:a |an )?(?:typo|mistake|error|wrong|incorrect|"
    r"not (?:right|correct))|"
    r"(?:a )?typo|correction|(?:it|that|this|here)(?:'s| is)|(?:it )?should be|actually|in fact|instead(?: of)?|"
    r"rather|now|"
    r"and|but|so|well|not|my|is|here you go|"
    r"perdon[ae]?|disculp(?:a|e|en|pas)|lo siento|me (?:he )?equivo(?:cado|que)(?: al escribir(?:lo)?)?|me confundi|"
    r"(?:quise|queria) decir|lo escribi mal|(?:el correcto |la correcta )?(?:es|era|sino)|en realidad|y|pero|"
    r"doch|ach|entschuldigung|entschuldigen sie(?: bitte)?|verzeihung|(?:es )?tut mir leid|"
    r"(?:ich habe mich )?(?:leider )?"
    r"(?:vertippt|verschrieben|geirrt)|(?:das war )?ein (?:tippfehler|fehler)|tippfehler|ich meinte|(?:es|"
    r"das) (?:ist|war|muss)|"
    r"(?:richtig )?ist|eigentlich|und|aber|also|sondern|nicht|hier ist|"
    r"zut|oups|mince|excuse[sz]?-moi|(?:je suis )?desolee?|je me suis trompee?|(?:j'ai fait |c'est |"
    r"c'etait )?une (?:erreur|faute)"
    r"(?: de frappe)?|faute de frappe|erreur(?: de frappe)?|je voulais dire|c'est|(?:la bonne|le bon) est|"
    r"en fait|plutot|et|mais|"
    r"pas|"
    r"عفوا|(?:انا )?اسفة?|(?:ال)?معذرة|اعتذر|اخطات(?: في الكتابة)?|خطا(?: في الكتابة| مطبعي)?|كنت اقصد|اقصد|"
    r"قصدت|هو|هي|هذا(?: هو)?|"
    r"(?:ال)?صحيح|بل|في الحقيقة|و|لكن|(?:بريدي|ايميلي|رقمي|هاتفي|جوالي)(?: الالكتروني| الصحيح)?"
)


@cache
def _courtesy() -> re.Pattern[str]:
    return re.compile(rf"[\s,.!:;()*&–—-]*(?:(?:{_AROUND}|{CHAT})(?!\w)|$)")


def is_courtesy(folded: str) -> bool:
    """Say whether folded text is only what leads up to a value or follows it: "no, sorry, it's", "D'accord :"."""
    position, match = 0, _courtesy().match(folded)
    while match and position < match.end() <= _LONGEST:
        position = match.end()
        match = _courtesy().match(folded, position)
    return not folded[position:].strip(_SIGNS)
