"""Words by which a follow-up is known, by language. Data alone; read by followup.py."""

from collections.abc import Mapping

# How follow-ups begin.
OPENINGS: Mapping[str, tuple[str, ...]] = {
    "en": ("and", "also", "or", "but", "what about", "how about", "what if", "same for"),
    "es": ("y", "también", "o", "pero", "qué tal", "que tal"),
    "de": ("und", "oder", "auch", "aber", "wie ist es", "was ist mit", "wie sieht es"),
    "fr": ("et", "aussi", "ou", "mais", "qu'en est-il", "pareil"),
    "ar": ("ماذا عن", "وماذا", "وكم", "وهل", "و", "أو", "لكن"),
}

# Words that stand for something said before.
STANDS_FOR: Mapping[str, str] = {
    "en": "it its that this those these they them their one ones there he him his she her hers such else more",
    "es": "eso esto esos esas ese esa ellos ellas él ella lo la los las le les su sus ahí allí",
    "de": """
        es das dies dieser diese dieses davon dafür damit dort dazu sie er ihn ihm ihr ihre sein seine welche
    """,
    "fr": "ça cela ceci celui celle ceux il elle ils elles lui leur y en là",
    "ar": "هذا هذه ذلك تلك هو هي هم هناك منها منه فيها فيه عنها عنه",
}

# Words without a subject of their own.
EMPTY: Mapping[str, str] = {
    "en": """
        a an the and or but also about what which who whom whose when where why how much many long far often old big
        late is are was were be been am do does did can could will would shall should may might must has have had i you
        we my our your me us to of in on at for from with by as if so not no yes too than then please ok okay thanks
        need want take takes cost costs price work works include included happen get until up same
    """,
    "es": """
        el un una unos unas de del al que qué cuál cuánto cuánta cuántos cuesta cuestan cómo cuándo dónde por para con
        sin y o es son está están hay puedo puede pueden tengo tiene mi me se hasta sí no muy más
    """,
    "de": """
        der die den dem des ein eine einen einem einer und oder auch was wie wer wo wann warum wieviel viel viele kostet
        kosten lange ist sind war kann können ich ihr wir mein mit für von zu zum zur im in am an auf bei bis aus nicht
        ja nein
    """,
    "fr": """
        le un une des du au aux que quoi quel quelle quels quelles combien comment quand où pourquoi est sont coûte
        coûtent je vous nous mon ma mes pour avec sans par sur dans jusqu et ou à ce se peut peux
    """,
    "ar": "ما ماذا كم كيف متى أين لماذا هل من في على إلى عن مع و أو لا نعم أنا أنت نحن",
}
