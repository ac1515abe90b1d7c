"""The words a mood is read from, by language and weight: no maintained small package covers these five languages.

How the lists are written: entries part at commas; `a|b` is one of two words, `_` none (`so|_ bad` is "so bad" and
"bad"), `a+b` both; `~` stands for the language's endings; `#` is any number in digits. Words are folded (no accents,
small letters). What a shop hears every day without anger (broken, problem, cheap, sick, wrong, late) is left out
on purpose.
"""

from collections.abc import Mapping

ENDINGS: Mapping[str, tuple[str, ...]] = {
    "en": ("",),
    "es": ("o", "a", "os", "as"),
    "de": ("", "e", "er", "es", "en", "em"),
    "fr": ("", "e", "s", "es"),
    "ar": ("", "ه", "ا", "ين", "ون"),
}

# fmt: off
NEGATIONS: Mapping[str, str] = {
    "en": "not no never without hardly barely nothing nobody none neither nor cannot cant dont doesnt didnt isnt wasnt "
          "arent werent wont wouldnt havent hasnt couldnt aint",
    "es": "no nunca jamas nada ni sin tampoco ningun ninguna apenas",
    "de": "nicht nie niemals kein keine keinen keinem keiner keinerlei ohne weder kaum nix nichts",
    "fr": "ne n' pas jamais rien sans aucun aucune ni guere",
    "ar": "ليس ليست لست لسنا ليسوا لا لم لن ما غير مش مو مب موش بدون ولا مافي",
}
STRONGER: Mapping[str, str] = {
    "en": "very so really extremely absolutely totally completely utterly truly incredibly such too super fucking "
          "bloody damn freaking most beyond",
    "es": "muy tan tanto super totalmente completamente realmente absolutamente demasiado sumamente re mas",
    "de": "sehr so total absolut vollig echt wirklich extrem unglaublich richtig ganz mega uberaus hochst verdammt "
          "besonders dermassen",
    "fr": "tres si trop vraiment tellement totalement absolument completement extremement super hyper particulierement",
    "ar": "جدا للغايه كثيرا كتير اوي قوي مره وايد تماما فعلا حقا",
}
WEAKER: Mapping[str, str] = {
    "en": "bit little slightly somewhat kinda fairly rather",
    "es": "poco algo ligeramente",
    "de": "bisschen etwas leicht wenig",
    "fr": "peu legerement assez plutot",
    "ar": "قليلا شوي شويه",
}
CONTRASTS: Mapping[str, str] = {
    "en": "but however although", "es": "pero sino aunque", "de": "aber doch jedoch", "fr": "mais pourtant cependant",
    "ar": "لكن بس ولكن",
}

WORDS: Mapping[str, Mapping[float, str]] = {
    "en": {
        -0.85: "idiot|idiots|idiotic, moron|morons, scam|scams|scammer|scammers|scammed, fraud|frauds|fraudsters, "
               "thieves|crooks, liar|liars, asshole|assholes, bastard|bastards, fuck|fucked you|off|this|it, "
               "fucking, bullshit, go to hell, piss off, screw you, shove it, stupid bot|company|people|idiots, "
               "you|you're|youre|you+are|you+people+are all|_ "
               "useless|pathetic|incompetent|stupid|a+joke|a+disgrace|liars, rip off|ripoff, ripped off, ripping "
               "me|people off, sue you, hear from my lawyer, wtf",
        -0.7: "had it with you|this, bunch of clowns|amateurs|crooks, you clowns, a dump, "
              "disgusting, disgrace, disgraceful, outrageous, outraged, furious, livid, pathetic, "
              "appalling|appalled, incompetent|incompetence, shameful, unacceptable, ridiculous, "
              "a|total|complete|absolute joke, waste|wasting|wasted of|my|our time|money, waste my time, wasted my "
              "money, fed up, sick of, sick and tired, had enough, enough is enough, worst, shitty, shit, crap, "
              "crappy, pissed, pissed off, you never, nobody|noone cares, no one cares, don't|dont care about, are "
              "you kidding|joking|serious, you must be kidding|joking, thanks for nothing, stop wasting, "
              "want|demand a refund now|immediately, give me my money back, money back now, "
              "third|fourth|fifth|sixth|tenth|#th|3rd|4rd time, # times already, how many times, for the last "
              "time, absolutely useless, last time i, never again, never coming back, hate you|this|your, cannot "
              "believe, can't believe how|you|this, what the hell|fuck|heck, lied, lying to, cheated, "
              "insult|insulting, can't|cant|cannot even|_ be bothered, nobody|noone|never can be bothered, no one "
              "can be bothered, get your act together, do your job, total|complete nonsense, speak to your boss",
        -0.55: "dirty, filthy, "
               "terrible|terribly, horrible, awful, dreadful, atrocious, abysmal, useless, hopeless, angry, "
               "hate|hated, rubbish, garbage, sucks|sucked, frustrating|frustrated|frustration, infuriating, "
               "annoyed, annoying, rude|rudely, unprofessional, lousy, disappointed|disappointing|disappointment, "
               "let me|us down, ignored|ignoring me|us|my|_, nobody|noone "
               "answers|replies|responds|answered|replied|called|helps, no one "
               "answers|replies|responds|answered|replied|called|helps|ever, not acceptable, still waiting, still "
               "no reply|answer|response|news|refund, been|i'm waiting weeks|months|days|hours|ages|forever, "
               "waiting for ages|weeks|months|days|hours, waiting for # weeks|days|months|hours, waiting for "
               "over|two|three|four|five|six|a|several weeks|week|days|months|month|hours|hour, worse, nonsense, "
               "not good enough, makes no sense, don't|doesn't|do+not|does+not understand me|anything, are you "
               "even, excuses, bloody joke, dishonest, misleading, misled, never "
               "answer|answers|reply|replies|call|called|arrived|came|works, you promised, broken promises, "
               "stupid|dumb, overpriced, complaint about, regret, nightmare, unhelpful, big disappointment, joke",
        -0.4: "bad|badly, poor|poorly, unhappy, dissatisfied, upset, unsatisfied, not impressed, unimpressed, "
              "unfriendly, let down, not worth, not what i expected|ordered|wanted, wasn't|isn't|not worth, "
              "slow|sloppy service, took forever|ages, expected more|better, same mistake|problem again, again and "
              "again, yet again, great another, oh great, just great, not helpful, not helping, "
              "isn't|doesn't|didn't|not help|helping, not working again, broke again, didn't answer my, not what i "
              "asked, wrong answer, that's wrong, you're wrong, doesn't answer, not the first time, too bad, "
              "shame, careless, unreliable, a mess, messed up, sad, sorry to say, unfortunate experience, ripped, "
              "pointless",
        -0.15: "unfortunately, annoyingly, terrible|horrible|awful|bad|dreadful "
               "noise|sound|pain|weather|headache|toothache|back|knee|fall|crash|accident|storm|smell, already "
               "told|asked|said you|_, confused|confusing, complaint, complain, complicated, can't|cannot figure, "
               "doesn't|don't|won't|didn't work|works|open|start|turn|charge|fit, not working, still doesn't|not",
        0.0: "you never know, bad at|for|idea, hate to ask|bother, useless information, poor thing, no worse, "
             "worst case, what's the worst, good morning|afternoon|evening|day|night|luck, in good "
             "condition|shape, as well, like to|a|an|some, would|i'd|i'll like, sick leave, as good as new, best "
             "time|way|before|regards|wishes, at best, good for|enough, joke shop, a good time, super glue, is it "
             "good|great|nice, better to, i'd rather, a nice day, no thanks, shame on me, love to",
        0.25: "thanks, thank you, thx, cheers, ok great, that's fine, no worries, helps, helped, good|well, works "
              "great|perfectly|now|well, appreciate it|that|this, not bad|terrible|the worst, kind|kindly, fast, "
              "friendly, fine, glad, easy",
        0.4: "nice|lovely, great, good job|work|service|news, helpful, happy, pleased, satisfied, impressed, "
             "thank you so|very much, thanks so much, thanks a lot|million|bunch, many thanks, much appreciated, "
             "really|very|i|we appreciate|appreciated, enjoy|enjoyed, recommend|recommended, well done, worth "
             "it|every, like it|them|your|this, cool, sweet, wow, better than expected, grateful, no complaints, "
             "not bad at all, can't complain, very well, professional, quick service|reply|response, "
             "smooth|smoothly, reliable",
        0.6: "so gentle|kind|patient|helpful|friendly, lovely evening|time|stay|meal, "
             "excellent, amazing, awesome, fantastic, wonderful, brilliant, perfect|perfectly, love|loved "
             "it|your|you|this|the|my|our|them|how, love|loved, outstanding, superb, best, delighted, thrilled, "
             "incredible, fabulous, exceptional, marvellous|marvelous, terrific, you|you're rock|the "
             "best|star|stars|legend|legends, can't|cannot wait, lifesaver, couldn't be happier, never "
             "disappoints, first class, over the moon, made my day, beautiful|beautifully, stunning",
    },
    "es": {
        -0.85: "idiota|idiotas|imbecil|imbeciles|gilipollas|cabron|cabrones|pendejo|pendejos, estafa|estafas, "
               "estafador~|estafador|estafadores, timo|timado|timada, ladron|ladrones|ladrona, mentiros~, "
               "sinverguenza|sinverguenzas, chorizos, mierda, puta|puto|putos, joder, vete|vayan|iros a la mierda, "
               "que os den, sois|son unos inutiles|ladrones|mentirosos|sinverguenzas, que asco, os|los|les voy a "
               "denunciar, denunciar|denunciare",
        -0.7: "vaya timo|estafa|tomadura, "
              "inutil|inutiles, ridicul~, vergonzos~, verguenza, inaceptable|inaceptables, indignante|indignad~, "
              "asqueros~, patetic~, lamentable, furios~, hart~, perdida|perder|perdiendo|pierdo de|mi|el "
              "tiempo|dinero, perder el tiempo, hacerme|haciendome perder el tiempo, "
              "tomando|tomar|tomarme|tomais|toman el pelo, tomadura de pelo, me estas|estan|estais tomando, hasta "
              "las+narices|el+gorro|los+huevos|los+cojones|la+coronilla, ya basta, basta ya, el|un colmo, no hay "
              "derecho, peor|peores de|servicio|empresa|atencion|experiencia|_, devuelvanme|devolvedme|devuelveme "
              "mi|el dinero, tercera|cuarta|quinta|sexta|enesima|#a vez, cuantas veces, nunca mas, no vuelvo "
              "mas|_, me han|habeis enganado|mentido|timado|robado, falta de respeto, de verguenza, burla, es|son "
              "un|una broma|desastre|_, una broma|tomadura, nunca "
              "contestan|responden|contestais|respondeis|cumplen|cumplis, ustedes|vosotros nunca, os da igual, les "
              "da igual, pasando de mi, pasan|pasais de mi, no sirven para nada, "
              "incompetente|incompetentes|incompetencia, porqueria|basura, tonto|tontos|estupid~",
        -0.55: "suci~, nos|me ignoro|ignoraron|ignora, olia|huele fatal|mal, "
               "horrible|horribles, terrible|terribles, pesim~, fatal, desastre|desastros~, odio|odiamos, "
               "enfadad~|enojad~|cabread~|molest~, frustrad~|frustrante, "
               "decepcion|decepcionad~|decepcionante|decepciona|decepcionaron, malisim~, grosero|grosera|groseros, "
               "maleducad~, borde|bordes, desagradable, antipatic~, nadie me|nos|_ "
               "contesta|responde|atiende|ayuda|llama|contestan|coge, no contesta|contestan|responden|responde "
               "nadie, sigo|seguimos|todavia estoy|_ esperando, aun|todavia no me|nos|_ contestan|responden|han|ha, "
               "llevo|llevamos # dias|semanas|meses|horas esperando|de+espera, llevo|llevamos "
               "dos|tres|cuatro|cinco|un|una|varias|varios dias|semanas|meses|horas|semana|mes|hora "
               "esperando|de+espera|sin+respuesta, llevo esperando, siempre lo mismo|igual, no me "
               "entiendes|entiende, no entiendes|entiende nada, poca verguenza|profesionalidad|seriedad, poco "
               "serio|profesional|profesionales, no es normal, me ignoran|ignorais, excusas, no es aceptable, mala "
               "educacion|atencion, un asco, me prometieron|prometisteis, pesadilla, me arrepiento, caradura",
        -0.4: "mal|mala|malo|malos|malas, descontent~, insatisfech~, triste, mal servicio|hecho, mala|mal "
              "experiencia|servicio|calidad|trato, lent~, no sirve|vale para nada|_ nada, no vale la pena, no "
              "merece la pena, no me|nos|os|le gusta|gusto|gustan|ha+gustado|gusta+nada, no era|es lo que "
              "queria|esperaba|pedi|pregunte, esperaba mas|bastante|mucho mas|_, otra vez lo|el mismo, genial otra "
              "vez, que bien otra vez, no ayuda|ayudas|ayuda nada, no me ayuda|ayudas|ayudan|sirve, una pena, "
              "descuidad~, chapuza, empeor~, fallo otra vez, dejan|deja mucho que desear, que desear, queja "
              "de|sobre",
        -0.15: "lamentablemente, desgraciadamente, ya|os he|lo dije|dicho|pregunte, queja|quejas|reclamacion, me "
               "duele, confus~, complicad~, lio, ruido|dolor|tiempo|caida|accidente horrible|terrible|fatal, no "
               "funciona|funcionan|carga|enciende|va bien|_",
        0.0: "mal tiempo, buenos|buenas dias|tardes|noches, buen|buena dia|tarde|noche|fin|suerte, buenas, bien "
             "abierto, en buen estado, me gustaria|encantaria, mejor hora|precio|dia|forma|opcion|momento, mas o "
             "menos, que tal, o bien, si bien, no esta mal de precio, mejor no, hace buen, esta bien si|que, "
             "esta|estan|ando mal inflad~|puest~|_, peor caso",
        0.25: "gracias, muy amable, bien, amable|amables, rapid~, me ayuda|ayudo|ayudaste|ayuda mucho|_, "
              "contento|contenta|contentos, bueno|buena|buenos|buenas|buen, no esta|estuvo|va mal|nada+mal, "
              "gusta|gusto",
        0.4: "muchas|muchisimas|mil|miles gracias, contentisim~, feliz|felices, me|nos gusta|gusto|ha+gustado "
             "mucho|_, os lo|se agradezco, agradecid~, agradezco, satisfech~, amabilisim~, "
             "recomendable|recomiendo|recomendare, guay|chulo|chula, bonit~, que "
             "bien|bueno|guay|chulo|rapido|rapidez, buen|buena servicio|trabajo|trato|atencion, muy "
             "bien|bueno|buena, sin problemas, merece|vale la pena, encantado|encantada con|de, "
             "profesional|profesionales, eficiente|eficientes",
        0.6: "precios~, un|sois|es encanto, muy simpatic~, "
             "excelente|excelentes, genial|geniales, perfect~, estupend~, fantastic~, maravillos~, "
             "increible|increibles, me|nos encanta|encantan|encanto, espectacular, fenomenal, buenisim~, "
             "fabulos~, magnific~, impecable, el|la|los|las mejor|mejores, de diez, un diez, sois|son los|unos "
             "mejores|cracks|genios|_, crack|cracks, de maravilla, de lujo, brutal|brutales",
    },
    "de": {
        -0.85: "idiot|idioten, arschloch|arschlocher, betrug, betruger|betrugern, abzocke|abzocker|abgezockt, "
               "lugner|gelogen, verarscht|verarschen|verarsche, scheiss~|scheisse|scheissladen|beschissen~, leck "
               "mich, verpisst euch, fick|ficken, halsabschneider, anwalt einschalten, mit meinem anwalt, ihr seid "
               "idioten|unfahig|dumm|unmoglich, drecksladen|saftladen, vollidiot|vollidioten, anzeige erstatten, "
               "blod~ bot|laden|verein",
        -0.7: "nicht mehr alle, "
              "frechheit, unverschamt~|unverschamtheit, unfassbar, unmoglich~ service|verhalten|laden|firma, "
              "eine|die|echte|reinste zumutung, lacherlich~, unfahig~, inkompetent~, skandal|skandalos~, "
              "schweinerei, sauerei, wutend~|stinksauer|sauer, zeitverschwendung, "
              "verschwende|verschwendet|verschwendung meine|zeit|_, verschwendete zeit|_, nase|schnauze|faxen "
              "voll|dicke, habe|hab die nase|schnauze|faxen, jetzt reicht es|_, mir|uns reicht es|_, reicht mir, "
              "reicht jetzt, reicht's, das darf doch nicht wahr, wollt+ihr|wollen+sie mich "
              "verappeln|veralbern|auf+den+arm, schlechtester|schlechteste|schlimmste|schlimmster|mieseste, nie "
              "wieder, witz des jahres, ein|schlechter witz, soll das ein witz|scherz, geld zuruck sofort, sofort "
              "mein geld, zum dritten|vierten|funften|x-ten|#|wiederholten mal, dritte|vierte|funfte|x-te|# mal "
              "dass|_, wie oft denn|muss|soll, zum kotzen, kotzt mich, inakzeptabel~, nicht akzeptabel, unter "
              "aller sau, katastrophe|katastrophal~, peinlich, bodenlos~, ignoriert mich|uns, angelogen, "
              "hinhalten|hingehalten, ihr|sie antworten|antwortet|meldet|meldest|haltet nie, juckt|interessiert "
              "euch|niemanden",
        -0.55: "dreckig~, schmutzig~, hat|haben uns|mich ignoriert, ignoriert, "
               "schrecklich~, furchtbar~, grauenhaft~, grottig|grottenschlecht~, mies~, hasse, nutzlos~, "
               "argerlich|verargert~, argere, frustriert~|frustrierend~, frech~, unhoflich~, unfreundlich~, "
               "unprofessionell~, enttauscht|enttauschend~|enttauschung|enttauschte, genervt|nervt|nervig~|nerven, "
               "keiner|niemand antwortet|meldet|hilft|reagiert|geht|ruft|kummert, meldet|antwortet sich|mir|_ "
               "keiner|niemand, immer noch keine+antwort|keine+ruckmeldung|nichts+gehort|nichts+bekommen|nicht+da, "
               "warte immer noch, warte|warten seit, warte|warten schon|nun|jetzt|mittlerweile seit|ewig, seit "
               "wochen|monaten|ewigkeiten, saumassig, unzumutbar~, verstehst|versteht|verstehen nichts|mich nicht, "
               "ausreden, so+ein|was+fur+ein mist|blodsinn|quatsch|saftladen|dreck, mist|dreck|mull|schrott, "
               "wucher, versprochen und, nicht ernst gemeint|sein, nicht euer|ihr ernst, euer|ihr ernst, dumm~, "
               "blod|blode|bloder|blodsinn, unzuverlassig~, unseros~|unserios~, reine|nur geldmacherei|abzocke, "
               "alptraum|albtraum, schlamperei|schlampig~, schon wieder nicht|kaputt|falsch",
        -0.4: "schlecht|schlechte|schlechter|schlechtes|schlechten|schlechtem, unzufrieden~, traurig, schade, "
              "nicht zufrieden|gut|schon|freundlich|hilfreich|begeistert, hilft mir|_ "
              "nicht|gar+nicht|uberhaupt+nicht, nicht hilfreich, langsam~ service, gefallt mir|uns "
              "nicht|gar+nicht|uberhaupt+nicht, mehr|besseres erwartet, etwas anderes|besseres erwartet, nicht das "
              "was ich|wir, nicht meine frage, falsche antwort, stimmt nicht, toll schon wieder, super schon "
              "wieder, na toll|super|bravo, immer das gleiche|selbe, lieblos~, ungenugend, mangelhaft~, lasst zu "
              "wunschen, nichts geholfen, geht gar nicht, stur",
        -0.15: "leider, beschwerde|beschweren, schon gesagt|gefragt|geschrieben, habe ich doch|schon|bereits, "
               "verwirrend, kompliziert, umstandlich, schrecklich~|furchtbar~|schlecht~ "
               "gerausch|gerausche|wetter|schmerzen|sturz|unfall|quietschen, funktioniert|geht|ladt|klappt "
               "nicht|nimmer|nicht mehr",
        0.0: "guten|schonen|schones tag|abend|morgen|wochenende, gute nacht|besserung|fahrt, gut erhalten|wenn, "
             "so gut wie, am besten, besten|beste dank|zeit|weg|grusse, schon "
             "gut|mal|bald|seit|heute|gebucht|bezahlt|jetzt, mir ist|geht schlecht, gern|gerne "
             "einen|ein|wissen|eine|mein|kommen, schlechtes gewissen, super glue|benzin, schon, toll ware, lieber "
             "nicht, besser nicht|ware|wenn, hatte gern|gerne",
        0.25: "danke, dank, gut|gute|guter|gutes|guten, freundlich~, nett|nette|netter|nettes|netten, hilft, "
              "geholfen, schnell|schnelle|schneller, hilfreich~, passt super|perfekt|gut, nicht schlecht|ubel, "
              "gern wieder, flott, gefallt",
        0.4: "vielen|herzlichen|tausend|besten lieben|_ dank, danke schon, dankeschon, danke sehr|vielmals, sehr "
             "gut|nett|freundlich|schnell|schon, zufrieden~, froh|glucklich~, freue|freut mich|uns, gefallt "
             "mir|uns sehr|gut|_, toll|tolle|toller|tolles|tollen, prima, schon|schones|schone so|rad, dankbar, "
             "empfehlen|empfehlenswert|empfehle, cool|cooler|coole, gut gemacht, gute|guter "
             "arbeit|service|beratung, hat super|gut|toll geklappt|funktioniert|geholfen, kompetent~, "
             "zuverlassig~, lob",
        0.6: "wunderschon~, einfuhlsam~, herzlich~ empfangen|willkommen|team, so nett|lieb|freundlich, "
             "super, perfekt|perfekte|perfekter|perfektes, ausgezeichnet~, hervorragend~, fantastisch~, "
             "wunderbar~, begeistert, klasse, spitze|spitzenmassig|spitzenservice, genial~, liebe "
             "es|euch|das|den|die|mein|meine, grossartig~, exzellent~, hammer, top, beste|bester|bestes "
             "laden|service|werkstatt|geschaft|_, wahnsinnig gut, traumhaft~, einwandfrei~, erstklassig~, bravo, "
             "weltklasse, mega",
    },
    "fr": {
        -0.85: "idiot~|imbecile|imbeciles|connard|connards|connasse|con|cons|abruti|abrutis, "
               "arnaque|arnaques|arnaque|arnaqueur|arnaqueurs|arnaques, escroc|escrocs|escroquerie, "
               "voleur|voleurs|voleuse, menteur|menteurs|menteuse, merde|merdique, putain, va+te|allez+vous faire "
               "foutre|voir, bande d'|de incapables|voleurs|escrocs|menteurs|nuls, fout|foutez|foutre de "
               "moi|nous|ma+gueule|la+gueule, foutage de gueule, porter plainte, mon avocat",
        -0.7: "du grand n'importe quoi, "
              "honte|honteux|honteuse, inacceptable|inacceptables, inadmissible, scandaleux|scandaleuse|scandale, "
              "ridicule|ridicules, lamentable|lamentables, pitoyable, minable|minables, "
              "incompetent~|incompetence|incapables|incapable, furieux|furieuse, ras le bol, ras le cul, marre, "
              "j'en ai assez|marre, degoute~, degoutant~, perte|perdre|perds|perdu de|mon|du|notre temps, perte "
              "d'argent, vous moquez|moquer de|du moi|nous|vos|monde|clients, se moque|moquer de|du "
              "moi|nous|monde, c'est une blague|plaisanterie|honte, vous plaisantez, n'importe quoi, pire "
              "service|societe|magasin|entreprise|experience, le|la|les pire|pires, c'est le comble, ca suffit, "
              "troisieme|quatrieme|cinquieme|enieme|#eme|#e fois, combien de fois, plus jamais, rendez|remboursez "
              "moi|_ mon argent, remboursez moi, inutile|inutiles vos|votre|_ service|bot|chatbot, vous ne "
              "repondez|faites|servez|respectez jamais|rien+du+tout, vous ne repondez|respectez pas, vous ne "
              "servez a+rien, prenez|prend pour un+idiot|des+idiots|un+con|des+cons|un+imbecile|des+imbeciles, "
              "manque de respect, irrespectueux, menti|mentez, scandalise~, insulte|insultant, c'est nul, nuls",
        -0.55: "sale|sales|crasseux, nous|m'a a|_ ignores|ignore|ignoree, sentait|sent mauvais, "
               "nul|nulle|nulles, horrible|horribles, terrible|terribles, affreux|affreuse, "
               "catastrophe|catastrophique, deteste|detestable, enerve|enervee|enervant|enervent, "
               "agace|agacee|agacant, frustre|frustree|frustrant, fache|fachee, en colere, "
               "desagreable|desagreables, impoli|impolie|malpoli|malpolie, grossier, antipathique, odieux, "
               "decu|decue|decus|decues|decevant|decevante|deception|decoit, personne ne|_ "
               "repond|rappelle|decroche|m'aide|m'a+repondu|m'a+rappele|s'occupe, toujours pas|aucune|rien "
               "recu|de|eu|reponse|nouvelles|arrive, j'attends toujours|encore|depuis, attends toujours, ca fait # "
               "jours|semaines|mois|heures|fois que j'attends|personne|on+attend, ca fait "
               "deux|trois|quatre|une|un|des|plusieurs jours|semaines|mois|heures|semaine|heure que "
               "j'attends|personne|on+attend, depuis des semaines|mois|jours|lustres, pas "
               "serieux|professionnel|normal|acceptable, foutu, peu professionnel, excuses bidons, vous aviez "
               "promis, promis et, vous m'ignorez, m'ignore, ne comprenez|comprends rien, stupide|stupides, "
               "cauchemar, camelote, vos mensonges|excuses",
        -0.4: "mauvais|mauvaise|mauvaises, mal fait|recu|accueilli|servi, mecontent~|insatisfait~, triste, "
              "dommage, pas tres|du+tout|_ "
              "content|contente|satisfait|satisfaite|bon|aimable|sympa|top|terrible|convaincu|ravi|a+la+hauteur, "
              "n'aide pas, ca m'aide|aide pas, ne sert a rien, sert a rien, ne vaut pas, vaut pas le coup|prix, "
              "pas ce que je+voulais|j'avais+demande|j'attendais|j'ai+demande|j'ai+commande, m'attendais a "
              "mieux|autre+chose, trop lent, super encore une+fois|un+probleme, genial encore, bravo encore, "
              "encore rate, a desirer, toujours la meme|le, mauvaise reponse, c'est faux, pas repondu a, pas "
              "utile, aucune aide, bacle|baclee, moyen moyen, regrette",
        -0.15: "malheureusement, plainte|reclamation, deja dit|demande|explique, complique|compliquee, "
               "bruit|douleur|temps|chute|accident horrible|affreux|terrible, mal au|a|aux, ne "
               "marche|fonctionne|charge plus|pas, marche|fonctionne pas|plus",
        0.0: "mauvais temps|sens|numero, bonne|bon journee|soiree|apres|matinee|nuit|chance|week|jour|courage, "
             "bon etat|marche|sens, bien sur|que|entendu|avant, ou bien, si bien, j'aimerais, aimerais|aimerait, "
             "meilleur|meilleure prix|moment|facon|heure|option, pas grave, pas de "
             "souci|soucis|probleme|problemes, au mieux, bon alors|ben, eh bien, pas cher, est bien, tant mieux, "
             "en bonne, la bonne taille, aucun souci, nul part, nulle part, ca marche, con amore",
        0.25: "merci, bien, bon|bonne|bons, sympa|sympas, aimable|aimables, gentil|gentille|gentils, "
              "rapide|rapides, utile, ca marche super|bien|parfaitement, aide|aider, content|contente|contents, "
              "pas mal, efficace|efficaces, gentillesse, plait beaucoup",
        0.4: "merci beaucoup|infiniment|mille|bien|enormement, mille merci|mercis, un|grand grand|_ merci, tres "
             "content|contente|bien|sympa|bon|gentil|aimable, satisfait~, heureux|heureuse|heureuses, "
             "j'adore|aime|aime beaucoup|bien, recommande|recommander, chouette|cool, beau travail, bon|bonne "
             "travail|service|accueil|boulot, bravo, reconnaissant~, pas mal du tout, rien a redire, c'est "
             "parfait, agreablement surpris, professionnel|professionnels|professionnelle, joli|jolie",
        0.6: "merveilleuse soiree, tres|si gentil|gentille|patient|patiente, grande douceur, "
             "excellent~, parfait~|parfaitement, genial|geniale|geniaux, super, formidable|formidables, "
             "fantastique, magnifique|magnifiques, merveilleux|merveilleuse, ravi|ravie|ravis, enchante "
             "de|par|du, extra, au top, top, impeccable, adore|adorons|adorable, incroyable, le|la|les "
             "meilleur|meilleure|meilleurs, exceptionnel~|exceptionnelle, nickel, geniale",
    },
    "ar": {
        -0.85: "نصاب~|نصابين|نصابون, نصب, حرامي~|حراميه, لصوص, كذاب~|كذابين|كاذبون, احتيال|محتال~, اغبياء|غبي~, "
               "حمير|حمار, زباله, تفو, اخجلوا, كلاب, ساشتكي|سارفع, لعنه|اللعنه, تبا, خرا|زفت",
        -0.7: "استهزاء, "
              "مهزله, فضيحه, عار|العار, اسوا, سخيف|سخيفه|سخافه, مقرف~, وقاحه|وقح~, طفح الكيل|كيلي, "
              "مضيعه|تضييع|تضيع|ضيعتم|تضيعون للوقت|الوقت|وقت|وقتي|_, غير مقبول~, غاضب~, زهقت, مللت من|منكم, "
              "سئمت|سيمت, كفايه, فاشل~|فاشلين, عديم|عديمه|عديمي الفايده|فايده|مسووليه, قله|قليل|قليلين "
              "احترام|ادب|ذوق, لا تحترم~|تحترمون, ما تحترمون, اعيدوا|رجعوا|ارجعوا لي|_ فلوسي|اموالي|نقودي, "
              "ثالث|رابع|خامس|للمره مره|الثالثه|الرابعه|الخامسه, تسخرون|تستهبلون|تضحكون علي|مني, حسبي الله, "
              "استهتار, كذب|كذبتم, خدعتم~|خدعتموني, لن اعود|اتعامل|اشتري, مستحيل اتعامل, اهانه, عصبت|معصب~, كم مره",
        -0.55: "قذر~|وسخ~, تجاهلنا|تجاهلوني|تجاهلونا|تجاهلني, "
               "سيء|سيءه|سييه|سيي|سيئ|سيئه, فظيع~, رهيب السوء, محبط~, خيبه, خيبتم|خاب املي|ظني|_, خيبه امل, محبط, "
               "اكره, مزعج~|ازعاج|منزعج~, زعلان~, مستاء~|مستاءه, احباط, غير مهني~|مهنيه|محترم~|لايق, لا احد "
               "يرد|يجيب|يساعد|يهتم|رد, ما|ولا حد يرد|رد|بيرد, محدش بيرد|رد, ما|لا تردون|يردون|ترد, لم يرد احد|علي, "
               "ما زلت|لازلت|مازلت انتظر|منتظر, لسه|لسا مستني|منتظر, انتظر منذ|من, منتظر من|منذ, منذ "
               "اسابيع|اشهر|شهور|ايام|اسبوع|اسبوعين|شهر, تاخرتم|تاخير كثيرا|كبير|شديد, اهمال, "
               "تجاهل~|تتجاهلون|تتجاهلوني, وعدتم|وعدتموني, ندمت, كابوس, خايس|خايسه|تعبان مره, لا تفهم|تفهمون, مش "
               "فاهم حاجه, ما تفهم, عيب عليكم|عليك, حرام عليكم",
        -0.4: "رديء|رديءه|رديه|ردييه, بطيء|بطيءه|بطيه|بطييه|بطيئه, حزين~, ضعيف|ضعيفه خدمه|الخدمه|جدا|_, للاسف "
              "الشديد, لا يفيد|ينفع|تفيد|يساعد|يفيدني|ينفعني|يساعدني|تساعدني, ما يفيد|ينفع|فادني|نفعني, مش "
              "نافع|مفيد, ليس|ليست ما طلبت|اريد, غير راض|راضي|راضيه|مفيد~|سعيد~|مرتاح~, مش|مو|لست "
              "راضي~|مبسوط~|راض|سعيد~|عاجبني, لم يعجبني, ما عجبني|اعجبني, توقعت افضل|احسن|اكثر, مره اخري نفس, نفس "
              "المشكله مره, ممل~, خساره, غلط مره, لا يستحق|تستحق",
        -0.15: "للاسف, شكوي|اشتكي, قلت لك|لكم, معقد~, لا يعمل|تعمل|يشتغل, ما يشتغل|تشتغل|يعمل, مش شغال~, "
               "صوت|الم|طقس|حادث فظيع|سيء|رهيب",
        0.0: "صباح|مساء الخير|النور, كيف حالك|الحال, اهلا وسهلا, الله يعافيك, لو سمحت, من فضلك, افضل "
             "طريقه|وقت|سعر, احسن وقت|سعر|طريقه, سعيد بالتحدث, في خير, بخير, ما افضل|احسن, ما هو|هي افضل|احسن, "
             "جيد|جيده ل|هل",
        0.25: "شكرا, مشكور~|مشكورين, تسلم|تسلموا, جيد~, كويس~, زين|زينه, لطيف~, مفيد~, سريع~, تمام, يعطيك|يعطيكم "
              "العافيه, لا+باس|مش+بطال|مو+سيي, منيح~, نظيف~, راضي~|راض, يساعد|ساعدني|ساعدتني",
        0.4: "شكرا جزيلا|كثيرا|جدا|كتير|لكم جزيلا|_, الف شكر, جزاك|جزاكم الله خيرا|خير|_, سعيد~|سعداء, مبسوط~, "
             "فرحان~, مسرور~, يعجبني|اعجبني|عجبني|عجبتني|اعجبتني, انصح, ممتن~, جميل~, حلو|حلوه, عمل جيد, خدمه "
             "جيده|سريعه|طيبه, محترم~|محترمين, موفق~, برافو|احسنت|احسنتم, مهني~",
        0.6: "ليله جميله|رائعه, "
             "ممتاز~, رايع~, مذهل~, عظيم~, احب|احببت, بحب, افضل|احسن محل|متجر|خدمه|شركه|مكان|فريق, الافضل|الاحسن, "
             "مثالي~, متميز~, خرافي~, روعه, تحفه, مره حلو~, ابداع, قمه|القمه في|الروعه|_, جنان, يجنن",
    },
}

EMOJI: Mapping[str, float] = {
    **dict.fromkeys("😡🤬🖕👿😾", -0.75), **dict.fromkeys("😠😤💩🤮", -0.6), **dict.fromkeys("👎😒🙄😑💔😩😫", -0.4),
    **dict.fromkeys("😞😢😭😕🙁☹😔😟", -0.35), **dict.fromkeys("🙂😀😃😄😁😊👍🙏👌😉😎", 0.3),
    **dict.fromkeys("😍🥰🎉🤩❤😘💯👏💪🥳🌟💖", 0.5),
}
EMOTICONS: Mapping[str, float] = {
    ">:(": -0.6, ":(": -0.35, ":-(": -0.35, ":'(": -0.4, ":/": -0.15, ":)": 0.25, ":-)": 0.25, ":D": 0.4, "<3": 0.5,
}
