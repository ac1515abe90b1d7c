"""The set phrases of a conversation, by what they do: whole messages are made of these and nothing else.

Folded (small letters, no accents), parted at commas. A phrase may stand in several lists.
"""

from collections.abc import Mapping

# fmt: off
PHRASES: Mapping[str, tuple[str, ...]] = {
    "greeting": (
        "hi, hello, hey, hiya, hi there, hello there, hey there, howdy, greetings, good morning, good afternoon, "
        "good evening, good day, morning, evening, yo, heya, hallo, how are you, how are you doing, how's it going, "
        "nice to meet you, what's up, sup, how do you do",
        "hola, buenas, buenos dias, buen dia, buenas tardes, buenas noches, que tal, como estas, como esta, "
        "como estan, "
        "hola hola, muy buenas, que hay, saludos",
        "guten tag, guten morgen, guten abend, moin, moin moin, servus, gruss gott, gruss dich, grusse, grezi, "
        "gruezi, "
        "tag, wie geht's, wie geht es dir, wie geht es ihnen, na, morgen, schonen guten tag, gruss euch",
        "bonjour, bonsoir, salut, coucou, ca va, comment ca va, comment allez-vous, comment allez vous, bjr, "
        "rebonjour, "
        "comment vas-tu, comment vas tu, hello hello",
        "مرحبا, مرحبا بكم, اهلا, اهلا وسهلا, اهلين, هلا, هلا والله, السلام عليكم, سلام عليكم, سلام, صباح الخير, "
        "مساء الخير, "
        "صباح النور, كيف حالك, كيف الحال, كيفك, شلونك, ازيك, تحياتي, السلام عليكم ورحمه الله, "
        "السلام عليكم ورحمة الله, "
        "السلام عليكم ورحمة الله وبركاته, وعليكم السلام, يا هلا",
    ),
    "thanks": (
        "thanks, thank you, thx, ty, thank u, tysm, cheers, much appreciated, i appreciate it, appreciate it, ta, "
        "thanks a lot, thanks so much, thank you so much, thank you very much, thanks very much, many thanks, "
        "thanks a million, thanks again, thank you again, thanks a bunch, that helps, that helped, that's very kind, "
        "that was helpful, that was very helpful, you've been very helpful, that's very helpful, very helpful, "
        "very kind",
        "gracias, muchas gracias, muchisimas gracias, mil gracias, te lo agradezco, se lo agradezco, "
        "os lo agradezco, "
        "muy amable, muy amables, gracias de nuevo, muy agradecido, muy agradecida, gracias por todo, "
        "se lo agradezco mucho, te lo agradezco mucho",
        "danke, danke schon, dankeschon, vielen dank, vielen lieben dank, herzlichen dank, tausend dank, "
        "besten dank, "
        "danke sehr, danke vielmals, lieben dank, dankesehr, merci vielmals, das hilft mir, das hat mir geholfen, "
        "das hat mir sehr geholfen, sehr nett, sehr freundlich, ich danke ihnen, ich danke dir, danke dir, "
        "danke ihnen",
        "merci, merci beaucoup, merci bien, mille mercis, mille merci, un grand merci, merci infiniment, "
        "je vous remercie, je te remercie, merci a vous, merci a toi, c'est gentil, c'est tres gentil, "
        "merci d'avance, "
        "merci encore, grand merci",
        "شكرا, شكرا جزيلا, شكرا لك, شكرا لكم, شكرا كثيرا, الف شكر, مشكور, مشكورين, مشكوره, مشكورة, يعطيك العافيه, "
        "يعطيك العافية, يعطيكم العافية, تسلم, تسلمي, تسلموا, جزاك الله خيرا, جزاكم الله خيرا, شكرا جدا, متشكر, "
        "شاكر لك, "
        "اشكرك, اشكركم, شكرا مره اخري, ممنون, اقدر لك ذلك, اقدر لك ذلك كثيرا",
    ),
    "thanks for": (  # the tail of a thanks
        "for your help, for the help, for helping, for helping me, for the info, for the information, for your time, "
        "for everything, for that, for your support, for your reply, for the reply, for the answer, "
        "for all your help, "
        "for the quick reply, for your quick reply, for the quick response, a lot, so much, very much, guys, indeed",
        "por todo, por su ayuda, por tu ayuda, por vuestra ayuda, por la ayuda, por la informacion, por la info, "
        "por ayudarme, por la respuesta, por responder, por su tiempo, de verdad",
        "fur ihre hilfe, fur deine hilfe, fur eure hilfe, fur die hilfe, fur die info, fur die information, "
        "fur alles, "
        "fur die auskunft, fur die antwort, fur die schnelle antwort, fur die schnelle hilfe, fur die infos",
        "pour votre aide, pour ton aide, pour l'aide, pour tout, pour l'info, pour les infos, pour l'information, "
        "pour votre reponse, pour la reponse, pour ces informations, pour vos reponses",
        "على المساعده, على المساعدة, على مساعدتك, على مساعدتكم, علي المساعدة, على المعلومات, على الرد, على كل شيء, "
        "لمساعدتك, لمساعدتكم, على وقتك, علي المعلومات, على المعلومة",
    ),
    "goodbye": (
        "bye, bye bye, byebye, goodbye, good bye, see you, see ya, see you later, see you soon, see you then, cya, "
        "see you tomorrow, see you next week, take care, have a nice day, have a good day, have a great day, "
        "have a good one, have a nice evening, have a good evening, have a nice weekend, have a good weekend, "
        "have a great weekend, have a lovely day, good night, goodnight, talk to you later, talk to you soon, ttyl, "
        "talk soon, talk later, farewell, until next time, so long, that's all, that is all, that's all for now, "
        "that will be all, that'll be all, bye for now, gotta go, got to go, i have to go, laters, speak soon",
        "adios, hasta luego, hasta pronto, hasta manana, hasta la proxima, hasta otra, hasta la vista, nos vemos, "
        "chao, "
        "chau, que tengas buen dia, que tenga buen dia, que tenga un buen dia, que tengas un buen dia, "
        "buen fin de semana, "
        "cuidate, eso es todo, eso era todo, nada mas, que vaya bien, que le vaya bien, hasta la semana que viene, "
        "que pase buen dia, feliz dia, hasta el lunes",
        "tschuss, tschau, ciao, auf wiedersehen, auf wiederhoren, bis bald, bis dann, bis spater, bis morgen, "
        "bis zum nachsten mal, bis nachste woche, schonen tag, schonen tag noch, einen schonen tag, "
        "einen schonen tag noch, "
        "schones wochenende, schonen abend, schonen abend noch, gute nacht, mach's gut, machen sie's gut, servus, "
        "ade, "
        "tschussi, tschusschen, das war's, das war alles, das ware alles, baba, bis die tage, man sieht sich",
        "au revoir, a bientot, a plus, a plus tard, a demain, a tout a l'heure, adieu, bonne journee, bonne soiree, "
        "bonne nuit, bon week-end, bon weekend, bonne fin de journee, bonne continuation, ciao, tchao, "
        "a la prochaine, "
        "c'est tout, ce sera tout, a la semaine prochaine, a lundi, salut, prenez soin de vous, bonne apres-midi",
        "مع السلامه, مع السلامة, الى اللقاء, الي اللقاء, وداعا, باي, باي باي, تصبح على خير, تصبحون على خير, "
        "في امان الله, يومك سعيد, نهارك سعيد, اراك لاحقا, نلتقي لاحقا, الى الغد, سلام, هذا كل شيء, هذا كل شي, "
        "اتمنى لك يوما سعيدا",
    ),
    "yes": (
        "yes, yes please, yep, yeah, yup, ya, yea, sure, sure thing, of course, certainly, definitely, absolutely, "
        "ok, okay, okey, k, alright, all right, fine, go ahead, go for it, please do, sounds good, sounds great, "
        "sounds perfect, why not, that works, works for me, that's fine, that's ok, that would be great, "
        "that would be good, that would be nice, that'd be great, i would, i'd like that, i would like that, "
        "i'd love to, "
        "i would love to, i'd love that, let's do it, let's do that, do it, correct, right, exactly, that's right, "
        "that's correct, indeed, agreed, deal, by all means, yes i would, yes i do, yes you can, yes you may, "
        "you can, "
        "no problem, no worries, aye, with pleasure, happy to, that's it, good idea, great idea, i agree",
        "si, si por favor, claro, claro que si, por supuesto, desde luego, vale, de acuerdo, dale, bueno, ok, "
        "esta bien, "
        "me parece bien, perfecto, exacto, correcto, asi es, adelante, como no, con gusto, con mucho gusto, "
        "encantado, "
        "encantada, me encantaria, me gustaria, si quiero, si claro, eso es, venga, va, por que no, sin problema, "
        "listo, "
        "si me gustaria, buena idea, estaria bien, estaria genial",
        "ja, jawohl, ja bitte, ja gerne, ja gern, gerne, gern, sehr gerne, sehr gern, klar, na klar, klaro, "
        "naturlich, "
        "selbstverstandlich, sicher, auf jeden fall, passt, das passt, passt gut, in ordnung, einverstanden, genau, "
        "richtig, stimmt, korrekt, okay, alles klar, warum nicht, machen wir, machen sie das, mach das, tun sie das, "
        "ja klar, ja naturlich, jo, jep, jup, jap, das ware toll, das ware nett, das ware super, unbedingt, "
        "gute idee, "
        "kein problem, von mir aus, ja das stimmt, ja genau",
        "oui, oui merci, ouais, oui s'il vous plait, oui svp, d'accord, bien sur, bien entendu, volontiers, "
        "avec plaisir, "
        "ok, d'ac, dac, pourquoi pas, ca marche, ca me va, allez-y, allez y, vas-y, vas y, je veux bien, "
        "tout a fait, "
        "exactement, exact, c'est ca, c'est bon pour moi, parfait, entendu, carrement, evidemment, absolument, "
        "mais oui, "
        "oui bien sur, oui volontiers, ca roule, pas de probleme, pas de souci, bonne idee, je suis d'accord, "
        "c'est correct",
        "نعم, اجل, ايوه, ايوا, ايوة, اي, ايه, طبعا, بالطبع, اكيد, بالتاكيد, تمام, حسنا, موافق, موافقه, موافقة, ماشي, "
        "اوكي, اوك, تفضل, تفضلوا, صحيح, صح, بكل سرور, يا ريت, ياريت, لم لا, ليش لا, ليه لا, بلى, زين, ان شاء الله, "
        "نعم من فضلك, نعم لو سمحت, نعم اريد, فكره جيده, فكرة جيدة, مضبوط, لا مانع, ابشر, على راحتك",
        "👍, 👌, ✅, 🆗",
    ),
    "no": (
        "no, nope, nah, na, no thanks, no thank you, no thx, not now, not right now, not today, not yet, not really, "
        "maybe later, perhaps later, later, another time, some other time, not interested, i'm not interested, "
        "i'm good, "
        "i'm good thanks, i'm fine, i'm ok, i'm okay, i'd rather not, rather not, i would rather not, "
        "i don't want to, "
        "i don't want that, i do not want to, don't want to, i don't think so, don't think so, no need, "
        "not necessary, "
        "that's not necessary, that won't be necessary, never mind, nevermind, forget it, no way, absolutely not, "
        "of course not, certainly not, definitely not, no not now, please don't, no i'm good, no that's fine, "
        "not at all, "
        "leave it, skip, pass, i'll pass, i prefer not to, i'd prefer not to, no not really, not for me, negative, "
        "that's not right, that's wrong, not correct, nope thanks, no that's all, no that's it, don't, i don't",
        "no, no gracias, ahora no, no ahora, no por ahora, por ahora no, de momento no, mas tarde, quizas mas tarde, "
        "tal vez mas tarde, luego, quizas luego, en otro momento, otro dia, hoy no, todavia no, aun no, "
        "no me interesa, "
        "no estoy interesado, no estoy interesada, no hace falta, no es necesario, mejor no, prefiero no, "
        "prefiero que no, "
        "no quiero, para nada, en absoluto, claro que no, por supuesto que no, dejalo, dejelo, olvidalo, que va, "
        "no me hace falta, paso, no lo creo, creo que no, no lo necesito, nop, ni hablar, no de momento",
        "nein, nein danke, danke nein, no, noe, ne, nee, ne danke, jetzt nicht, nicht jetzt, nicht heute, "
        "heute nicht, "
        "spater, vielleicht spater, spater vielleicht, ein andermal, ein anderes mal, kein interesse, "
        "ich habe kein interesse, brauche ich nicht, das brauche ich nicht, lieber nicht, besser nicht, "
        "nicht notig, das ist nicht notig, nicht notwendig, will ich nicht, mochte ich nicht, das mochte ich nicht, "
        "ich mochte nicht, ich will nicht, noch nicht, auf keinen fall, keinesfalls, eher nicht, ich glaube nicht, "
        "keine lust, vergiss es, vergessen sie es, schon gut, passt schon, muss nicht sein, nicht wirklich, "
        "danke nicht, "
        "im moment nicht, momentan nicht, gar nicht, naturlich nicht",
        "non, non merci, pas maintenant, pas pour l'instant, pas pour le moment, plus tard, peut-etre plus tard, "
        "peut etre plus tard, une autre fois, pas aujourd'hui, pas encore, pas interesse, pas interessee, "
        "je ne suis pas interesse, je ne suis pas interessee, ca ne m'interesse pas, ca m'interesse pas, ca ira, "
        "ca ira merci, pas la peine, ce n'est pas la peine, c'est pas la peine, pas besoin, je n'ai pas besoin, "
        "ce n'est pas necessaire, pas necessaire, je prefere pas, je prefere ne pas, je ne prefere pas, sans facon, "
        "surtout pas, pas du tout, bien sur que non, je ne veux pas, je veux pas, laissez tomber, laisse tomber, "
        "nan, "
        "je ne pense pas, je crois pas, je ne crois pas, tant pis, non pas du tout, pas vraiment, certainement pas",
        "لا, لا شكرا, كلا, ليس الان, مو الحين, مش الان, مش دلوقتي, مش هلق, لاحقا, بعدين, ربما لاحقا, في وقت اخر, "
        "مره اخري, ليس اليوم, مش اليوم, لا اريد, لا اريد ذلك, ما ابغى, ما ابي, ما بدي, مش عايز, مش عاوز, غير مهتم, "
        "غير مهتمه, غير مهتمة, مش مهتم, لست مهتما, لا داعي, لا حاجه, لا حاجة, مو لازم, مش لازم, لا احتاج, ليس بعد, "
        "بالطبع لا, طبعا لا, ابدا, ما احتاج, لا اعتقد, لا افضل ذلك, خلاص شكرا",
        "👎, ❌",
    ),
    "please": (
        "please, pls, plz", "por favor, porfa, porfavor, por fa", "bitte, bitte schon, bitte sehr",
        "s'il vous plait, s'il te plait, svp, stp, s'il vous plait merci", "من فضلك, من فضلكم, لو سمحت, لو سمحتم, "
        "رجاء, ارجوك, اذا سمحت",
    ),
    "praise": (  # what people say on the way: "ok great, thanks"
        "great, perfect, excellent, awesome, brilliant, wonderful, cool, nice, good, lovely, super, amazing, "
        "fantastic, "
        "wow, oh, ah, well, got it, i see, understood, noted, good to know, that's great, that's perfect, "
        "that's all i needed, "
        "that's all i need, will do, then",
        "genial, perfecto, estupendo, excelente, fenomenal, muy bien, bien, ah, entendido, entiendo, ya veo, "
        "que bien, pues, "
        "guay, entonces",
        "super, perfekt, prima, toll, klasse, gut, sehr gut, ausgezeichnet, wunderbar, ach, ah, verstehe, "
        "verstanden, "
        "alles gut, aha, das ist nett, na dann, dann, also",
        "super, parfait, genial, excellent, tres bien, bien, ah, c'est note, compris, je vois, top, impeccable, "
        "nickel, "
        "formidable, c'est parfait, alors, bon, eh bien",
        "ممتاز, رائع, جميل, جيد, جيد جدا, ممتاز جدا, فهمت, مفهوم, حلو, عظيم, كويس",
    ),
    "filler": (
        "there, everyone, everybody, all, team, guys, folks, friend, sir, madam, again, and, bot, assistant, to you, "
        "to you all, "
        "you too, and you, i'm new here, for now, so, well, um, uh, hmm, buddy, mate, dear, "
        "ladies and gentlemen, "
        "anyone there, is anyone there, is anybody there, anybody there",
        "a todos, a todas, equipo, senor, senora, amigo, amigos, y, de nuevo, igualmente, bueno, pues, buenas, "
        "hay alguien, "
        "hay alguien ahi, estimados",
        "zusammen, alle, an alle, team, ihr, ihr lieben, leute, und, noch, wieder, nochmal, ebenfalls, ebenso, "
        "ihnen auch, "
        "gleichfalls, dir auch, dann, ist da jemand, jemand da, so, dir, ihnen, euch, liebes team",
        "a tous, a toutes, tout le monde, l'equipe, madame, monsieur, et, a vous, a vous aussi, vous aussi, de meme, "
        "encore, "
        "il y a quelqu'un, y a quelqu'un, cher, chere, bonne",
        "يا, جميعا, بالجميع, الجميع, لكم, لك, بكم, بك, فريق, اخي, اختي, صديقي, حبيبي, و, هل من احد, في حد, "
        "هل هناك احد, استاذ, "
        "يا جماعة, اليوم",
    ),
}
