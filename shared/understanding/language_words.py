"""The commonest words of languages in Latin script, folded, and the endings of their long words."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "en": """
        lost room key table food hotel cold hot dinner lunch breakfast leave left hair tooth teeth dog cat car house
        home water door school class course clean dirty pain hurts see seen tried try use used even enough
        the a an and or but is are was were be been am i i'm i've i'd i'll you you're your yours he she it it's
        its we we're they my me our their this that these those there here of to in on at for from with about by
        as if not no don't doesn't didn't can't isn't do does did can could would will should may have has had
        what what's when where which who why how much many any some please thanks thank hello hi hey need want
        like get know help open work works working today tomorrow week yes sorry just still really very good
        great time price cost appointment book booking buy sell bike shop looking speak talk someone person
        because so than too also only after before next bye morning okay never always again new old out up down
        off back make call tell show give us let him her them then now other others first last month months day
        days hour hours minute minutes nobody nothing something everything money pay paid order ordered delivery
        email phone number waiting wait answer reply question problem issue broken repair repaired fix fixed
        wrong right bad worse worst best better nice awesome excellent wonderful amazing terrible horrible cheap
        expensive free while during without around near between both each few more most such own same through
        think see look take come came went gone got getting going wanted needs said says told ask asked send
        sent gave given find found left people staff son daughter kids child children wife husband mum dad
        customer service sure yeah cheers guys maybe yet since until although though however instead ever else
        anyone anything thing things way place store saturday sunday monday tuesday wednesday thursday friday
        afternoon evening night later earlier soon early late love loved likes quite pretty well whose won't
        wouldn't couldn't shouldn't aren't wasn't weren't haven't hasn't hadn't let's that's there's who's
        you'll we'll they'll he'll she'll you'd we'd they've
    """,
    "es": """
        vaya vayan gafas consulta olvide olvidado perdi perdido adelantar atrasar fatal pelo comida mesa habitacion
        hotel noche cena desayuno camarero dentista muela diente duele perro gato coche puerta agua escuela clase
        curso limpio limpia sucio sucia primera ultima ultimo
        estamos buscamos buscando bicicletas tiendas citas dos tres cuatro cinco seis siete ocho diez primera primero
        sois erais fuimos fueron mejores peores muchisimo muchisima muchisimas muchisimos turno cita agendar sacar
        quedar quedado gustado llegado llegar salir quereis quieren quieres sabeis creo cree hizo hicieron puse puso
        vino vinieron
        trato calidad vaya menuda menudo esa eso mayor menor oficina empresa dia cosa cosas solo toda
        el la los las un una unos unas y o pero es son esta este estoy estan esto eso ese era fue ser soy eres
        somos estas estais yo tu usted ustedes vosotros nosotros mi mis su sus de del al en con por para sin
        sobre que como cuando donde quien cual cuanto cuanta cuantos cuesta cuestan si no muy mas menos tambien
        ya aun todavia nada nadie algo alguien hola gracias buenos buenas dias tardes noches quiero quisiera
        necesito puedo puede puedes pueden podria podeis tengo tiene tienen teneis tenemos hay hacer hace hago
        me te se nos os lo le les gusta gustaria busco llamar hablar cita hora horario abren abierto manana hoy
        ayer semana precio bicicleta bici tienda favor vale bien claro perdon adios porque desde hasta entre
        otra otro vez ir voy va quedo fueron esperando estaba vuestro vuestra han he ha habeis ella ellos ellas
        nuestra nuestro nuestros nuestras vuestros vuestras tus cada mismo misma bastante mejor peor mucho mucha
        muchos muchas poco poca pocos tanto tan todo toda todos todas siempre nunca jamas aqui ahi alli ahora
        luego despues antes mientras aunque sino pues entonces asi casi dentro fuera cerca lejos encima debajo
        mes meses ano anos minuto minutos horas dinero pagar pago pedido envio correo telefono numero respuesta
        pregunta problema roto rota arreglar arreglo reparar reparacion revision cambiar cambio comprar vender
        barato baratos cara caro gratis hijo hija mujer marido gente persona personas cliente servicio atencion
        espero llevo llevar llamo llame llamado dije dijo dicen digo decir saber ver visto veces traer traigo
        dar doy dame poner pongo pedir pido cancelar anular reservar mover venir vengo viene seguir sigo estado
        sido tenia tuve hemos haber habia habra hubo sabado domingo lunes martes miercoles jueves viernes tarde
        noche temprano pronto excelente genial perfecto perfecta estupendo malo mala buena bueno contento
        contenta encanta encantado verdad enhorabuena saludos disculpe disculpa perdona senor senora ruedas
        rueda frenos casco tiempo trabajo casa calle ayuda ayudar nuevo nueva grande pequeno esos esas aquel
        aquella ante segun durante quienes
    """,
    "de": """
        essen tisch zimmer hotel schlussel verloren abend kellner zahn zahne zahnarzt hund katze auto haus tur wasser
        schule kurs sauber dreckig vergessen letzte letzter letztes erste erster
        ging gingen lief kam kamen wurdet blieb euch hattet wolltet sollte sollten durfen darf moglich montags samstags
        der die das den dem des ein eine einen einem einer eines und oder aber ist sind war waren sein bin bist
        seid ich du er sie es wir ihr mich mir dich dir ihm ihn uns euch ihnen mein meine meinen meinem meiner
        dein deine unser ihre ihren kein keine keinen nicht nichts noch schon auch nur sehr mit von zu zum zur
        bei nach aus auf fur uber unter vor seit bis um an am im in ins wie was wann wo wer warum wieso welche
        welcher welches wieviel viel kann kannst konnen konnte konnten mochte mochten will wollen muss mussen
        soll habe hab hast hat haben hatte hatten gibt geht machen macht brauche brauchen suche kostet kosten
        bitte danke hallo guten tag morgen abend heute gestern woche uhr geoffnet termin fahrrad rad laden preis
        ja nein gerne gern tschuss dann wenn weil dass so mal da hier jetzt immer werden wird wurde wurden
        jemand sich als man ob doch diese dieser dieses diesen diesem jene alle alles allen anderen andere
        anderer anderes beide beiden viele vielen wenig wenige mehr meisten manche jeder jede jedes jeden selbst
        ganz gar eben halt eigentlich vielleicht naturlich leider ehrlich gesagt etwas einfach wieder weiter
        weiterhin zuruck bereits gerade bald spater fruher nie niemals oft manchmal damit dabei dafur daran
        darauf darum deshalb trotzdem obwohl wahrend bevor nachdem sobald zwischen durch gegen ohne hinter neben
        monat monate tage tagen wochen stunde stunden minuten jahr jahre geld zahlen bezahlen bestellt
        bestellung lieferung nummer telefon antwort frage problem kaputt reparatur reparieren wechseln kaufen
        verkaufen billig teuer kostenlos sohn tochter frau mann kinder kind leute kunde kunden kundenservice
        mitarbeiter verkaufer bekommen gekommen kommen komme kommt gehen gehe gegangen geschickt schicken sagen
        sage sagt fragen gefragt rufen angerufen warte warten wartet meldet melden hilft hilfe helfen sehen
        gesehen finde finden gefunden nehmen bringen gebracht lassen wissen weiss denke glaube hoffe freue
        samstag sonntag montag dienstag mittwoch donnerstag freitag nachmittag vormittag gut gute guter gutes
        schlecht schlechte toll tolle super schnell schone neue neuen neuer neues gross klein richtig falsch
        wirklich total lieben dank herzlichen beste besten zufrieden enttauscht wohl wirst werde ware bleibt
        stellen lange langer langsam sofort drei vier funf sechs sieben acht neun zehn zwei euer eure eurem
        euren ihrem ihres unserem unsere unseren keiner keinem jemanden jemandem niemand niemanden her hin drauf
        raus rein los
    """,
    "fr": """
        chambre table hotel cle perdu perdue soiree diner petit-dejeuner dejeuner serveur dent dents dentiste chien
        chat voiture porte eau ecole cours propre sale sentait oublie oublies laisse dernier derniere premier premiere
        le la les l un une des du de d et ou mais est sont etait etes suis es ete etre je j tu il elle on nous
        vous ils elles mon ma mes ton ta tes son sa ses notre nos votre vos leur ce cet cette ces c ca cela que
        qu qui quoi quand comment combien pourquoi quel quelle quels quelles ne n pas plus rien jamais tres trop
        bien aussi avec sans pour par dans sur sous chez en au aux y a ai as avez avons ont avoir peux peut
        pouvez puis voudrais veux voulez besoin faire fait faites faut dois bonjour bonsoir salut merci svp oui
        non si alors donc ouvert ouverte ouvrez demain hier aujourd hui semaine heure heures prix coute velo
        magasin rendez rdv quelqu parler cherche possible deja encore toujours toute tout tous m s t me te se
        lui voir revoir depuis personne jour celui celle ceux meme memes autre autres chaque plusieurs quelques
        beaucoup peu moins mieux pire vraiment assez presque ici maintenant apres avant pendant ensuite ainsi
        parce lorsque vers entre contre selon dont lequel laquelle mois annee annees minute minutes jours argent
        payer commande livraison mail telephone numero reponse question probleme souci casse reparation reparer
        revision changer acheter vendre cher chers chere gratuit fils fille femme mari gens client clients
        service accueil vendeur attends attendre attendu repond repondre appele appeler rappeler dit dire savoir
        vu fois venir viens vient aller vais va donner donne mettre prendre pris demander demande annuler
        decaler reserver avais avait auriez aurais serait seront sera etais soit faudrait fais vendez reparez
        parfait parfaite super genial excellent excellente bon bonne bons mauvais mauvaise content contente ravi
        decu decue satisfait franchement desole excusez pardon samedi dimanche lundi mardi mercredi jeudi
        vendredi matin midi apres-midi soir nuit tard tot bientot nouveau nouvelle grand petit petite roue roues
        freins frein casque temps travail maison rue aide aider m'aide voila voici seulement surtout peut-etre
        parfois souvent celui-ci trois quatre cinq six sept huit neuf dix deux leurs j'ai c'est n'est qu'il
    """,
    "it": """
        il lo gli i uno e o ma sono sei siamo era io tu lui lei noi voi mio mia miei tuo suo nostro vostro di
        del della dei delle al alla ai alle da dal in nel nella con per che chi cosa come quando dove perche
        quale quanto quanta costa non piu molto anche ancora gia ciao buongiorno buonasera grazie prego scusi
        vorrei voglio posso puo potete bisogno ho hai ha abbiamo avete hanno questo questa quello oggi domani
        ieri settimana aperto aperti prezzo appuntamento bicicletta bici negozio favore si bene c'e un una la le
        mi ti ci vi se e' adesso sempre tutto
    """,
    "pt": """
        o a os as um uma uns umas e ou mas sao esta estou estao era foi ser sou eu voce voces nos meu minha meus
        minhas seu sua de do da dos das em no na nas com por para pelo pela que quem qual quais quando onde como
        quanto custa nao sim mais muito tambem ja ainda ola oi bom dia boa tarde noite obrigado obrigada quero
        queria gostaria preciso posso pode podem tenho tem temos ha fazer isto isso este hoje amanha ontem
        semana aberto preco consulta marcar bicicleta loja favor bem se ate agora sempre tudo
    """,
    "nl": """
        de het een en of maar is zijn was ben bent ik jij je u hij zij ze wij we jullie mijn jouw uw ons onze
        van voor met op aan in uit bij naar over om tot wat wanneer waar wie waarom hoe welke hoeveel kan kunnen
        kunt wil willen moet heb heeft hebben hebt niet geen ook nog al heel erg graag hallo hoi goedemorgen
        dank bedankt dankjewel alstublieft vandaag morgen gisteren week open afspraak fiets winkel prijs kost
        kosten ja nee dit dat deze die er te dan als zou nodig goed zoek maken
    """,
}
# Endings of long words that no list holds.
ENDINGS: Mapping[str, str] = {
    "en": "ing ness ould ught ight ful less ably",
    "es": "cion idad iendo ando amos emos imos isimo isima ados adas illo illa abais",
    "de": "ung ungen lich keit heit isch schaft iert ieren ische",
    "fr": "eux euse eaux oire ille ement aise rait erez",
    "it": "zione ggio issimo issima ette iamo avo",
    "pt": "cao coes inho inha agem",
    "nl": "ijk ijn aar elijk ische tje",
}
