"""The suggestions' sentences and the names of what visitors want, in five languages: en, es, de, fr, ar. Pure."""

from collections.abc import Mapping

Said = tuple[str, str, str, str, str]

ADVICE: Mapping[str, Said] = {
    "look_at_crm": (
        "Look at your CRM connection: entries it refused: {n}. Until then these people do not reach your team.",
        "Revise la conexión con su CRM: entradas rechazadas: {n}. Hasta entonces, esas personas no llegan a su equipo.",
        "Prüfen Sie die Verbindung zu Ihrem CRM: abgelehnte Einträge: {n}. Bis dahin erreichen diese Menschen Ihr Team "
        "nicht.",
        "Vérifiez la connexion à votre CRM : éléments refusés : {n}. En attendant, ces personnes n'atteignent pas "
        "votre équipe.",
        "تحقّقوا من الاتصال بنظام إدارة العملاء: السجلات المرفوضة: {n}. حتى ذلك الحين لا يصل هؤلاء إلى فريقكم.",
    ),
    "answer_handoffs": (
        "Answer the people who asked for a person more than a day ago: {n}.",
        "Responda a quienes pidieron hablar con una persona hace más de un día: {n}.",
        "Antworten Sie denen, die vor mehr als einem Tag um einen Mitarbeiter gebeten haben: {n}.",
        "Répondez à ceux qui ont demandé à parler à quelqu'un il y a plus d'un jour : {n}.",
        "أجيبوا من طلبوا التحدث إلى شخص قبل أكثر من يوم: {n}.",
    ),
    "check_widget": (
        "Check that the widget is still on your website: nobody talked to it, and the week before somebody did.",
        "Compruebe que el asistente sigue en su web: nadie habló con él, y la semana anterior sí.",
        "Prüfen Sie, ob der Assistent noch auf Ihrer Website ist: Niemand sprach mit ihm, in der Woche davor schon.",
        "Vérifiez que l'assistant est toujours sur votre site : personne ne lui a parlé, contrairement à la semaine "
        "d'avant.",
        "تأكّدوا من أن المساعد ما زال على موقعكم: لم يتحدث إليه أحد، بخلاف الأسبوع السابق.",
    ),
    "look_at_build": (
        "Look at the latest build of your knowledge: it answers your golden questions worse, so visitors get the older "
        "one. Builds held back: {n}.",
        "Revise la última versión de su base de conocimiento: responde peor a sus preguntas de control, así que los "
        "visitantes reciben la anterior. Versiones retenidas: {n}.",
        "Sehen Sie sich den letzten Stand Ihres Wissens an: Er beantwortet Ihre Prüffragen schlechter, darum bekommen "
        "Besucher den älteren. Zurückgehalten: {n}.",
        "Examinez la dernière version de vos connaissances : elle répond moins bien à vos questions de référence, les "
        "visiteurs reçoivent donc la précédente. Versions retenues : {n}.",
        "راجعوا آخر نسخة من معرفتكم: فهي تجيب عن أسئلتكم المرجعية بصورة أسوأ، لذا يحصل الزوار على النسخة الأقدم. النسخ "
        "المحتجزة: {n}.",
    ),
    "look_at_budget": (
        "Raise the month's budget or choose a smaller model: already used: {percent}%.",
        "Aumente el presupuesto mensual o elija un modelo más pequeño: ya usado: {percent} %.",
        "Erhöhen Sie das Monatsbudget oder wählen Sie ein kleineres Modell: schon verbraucht: {percent} %.",
        "Augmentez le budget du mois ou choisissez un modèle plus petit : déjà utilisé : {percent} %.",
        "ارفعوا ميزانية الشهر أو اختاروا نموذجًا أصغر: المستخدَم حتى الآن: {percent} %.",
    ),
    "add_faq": (
        "Add a page of frequent questions: questions without an answer: {n}.",
        "Añada una página de preguntas frecuentes: preguntas sin respuesta: {n}.",
        "Ergänzen Sie eine Seite mit häufigen Fragen: Fragen ohne Antwort: {n}.",
        "Ajoutez une page de questions fréquentes : questions sans réponse : {n}.",
        "أضيفوا صفحة للأسئلة الشائعة: أسئلة بلا جواب: {n}.",
    ),
    "add_faq_about": (
        "Add frequent questions about “{intent}”: most of what had no answer was about that (in all: {n}).",
        "Añada preguntas frecuentes sobre «{intent}»: fue lo que más quedó sin respuesta (total: {n}).",
        "Ergänzen Sie häufige Fragen zu „{intent}“: Darum ging es meist, wo die Antwort fehlte (insgesamt: {n}).",
        "Ajoutez des questions fréquentes sur « {intent} » : c'est le sujet le plus souvent resté sans réponse (au "
        "total : {n}).",
        "أضيفوا أسئلة شائعة حول «{intent}»: فهو أكثر ما بقي بلا جواب (الإجمالي: {n}).",
    ),
    "message_mode": (
        "Let calls outside your opening hours leave a message (voice.transfer.always: false): {n} of {calls} calls.",
        "Permita que fuera de horario dejen un mensaje (voice.transfer.always: false): {n} de {calls} llamadas.",
        "Lassen Sie Anrufe außerhalb der Öffnungszeiten eine Nachricht hinterlassen (voice.transfer.always: false): "
        "{n} von {calls} Anrufen.",
        "Laissez les appels hors horaires déposer un message (voice.transfer.always: false) : {n} appels sur {calls}.",
        "دعوا المتصلين خارج أوقات العمل يتركون رسالة (voice.transfer.always: false): {n} من أصل {calls} مكالمة.",
    ),
    "faster_answers": (
        "Choose a faster model or fewer passages (knowledge.top_k): one answer in ten took over {seconds} seconds.",
        "Elija un modelo más rápido o menos pasajes (knowledge.top_k): una de cada diez respuestas tardó más de "
        "{seconds} segundos.",
        "Wählen Sie ein schnelleres Modell oder weniger Textstellen (knowledge.top_k): Jede zehnte Antwort dauerte "
        "länger als {seconds} Sekunden.",
        "Choisissez un modèle plus rapide ou moins d'extraits (knowledge.top_k) : une réponse sur dix a pris plus de "
        "{seconds} secondes.",
        "اختاروا نموذجًا أسرع أو مقاطع أقل (knowledge.top_k): جواب من كل عشرة استغرق أكثر من {seconds} ثانية.",
    ),
    "reword_cta": (
        "Reword the button “{cta}”, or show it elsewhere: shown {shown} times, followed: {clicked}.",
        "Cambie el texto del botón «{cta}» o muéstrelo en otro lugar: mostrado {shown} veces, seguido: {clicked}.",
        "Formulieren Sie den Knopf „{cta}“ anders, oder zeigen Sie ihn anderswo: gezeigt: {shown}, gefolgt: {clicked}.",
        "Reformulez le bouton « {cta} » ou affichez-le ailleurs : affiché {shown} fois, suivi : {clicked}.",
        "غيّروا نص الزر «{cta}» أو اعرضوه في مكان آخر: عُرض {shown} مرة، ونُقر: {clicked}.",
    ),
    "read_conversations": (
        "Read some conversations of annoyed visitors: {percent}% of the messages sounded like that.",
        "Lea algunas conversaciones de visitantes molestos: el {percent} % de los mensajes sonaba así.",
        "Lesen Sie einige Gespräche verärgerter Besucher: {percent} % der Nachrichten klangen so.",
        "Lisez quelques conversations de visiteurs mécontents : {percent} % des messages l'étaient.",
        "اقرؤوا بعض محادثات الزوار المستائين: {percent} % من الرسائل بدت كذلك.",
    ),
    "nothing": (
        "Nothing needs a change this week.",
        "Esta semana no hace falta cambiar nada.",
        "Diese Woche muss nichts geändert werden.",
        "Rien n'est à changer cette semaine.",
        "لا شيء يحتاج إلى تغيير هذا الأسبوع.",
    ),
}

# The intents that every business has; its own are shown by their ids.
INTENTS: Mapping[str, Said] = {
    "greeting": ("greeting", "saludo", "Begrüßung", "salutations", "التحية"),
    "thanks": ("thanks", "agradecimiento", "Dank", "remerciements", "الشكر"),
    "goodbye": ("goodbye", "despedida", "Abschied", "au revoir", "الوداع"),
    "pricing": ("prices", "precios", "Preise", "prix", "الأسعار"),
    "opening_hours": ("opening hours", "horario", "Öffnungszeiten", "horaires", "أوقات العمل"),
    "location": ("where you are", "ubicación", "Standort", "adresse", "الموقع"),
    "appointment": ("appointments", "citas", "Termine", "rendez-vous", "المواعيد"),
    "contact": ("contact", "contacto", "Kontakt", "contact", "التواصل"),
    "person": ("talking to a person", "hablar con una persona", "mit jemandem sprechen", "parler à quelqu'un",
               "التحدث إلى شخص"),
    "complaint": ("complaints", "quejas", "Beschwerden", "réclamations", "الشكاوى"),
    "question": ("questions", "preguntas", "Fragen", "questions", "أسئلة"),
    "off_topic": ("other subjects", "otros temas", "anderes", "autres sujets", "مواضيع أخرى"),
    "none": ("not recognised", "no reconocido", "nicht erkannt", "non reconnu", "غير معروف"),
}  # fmt: skip
_ORDER = ("en", "es", "de", "fr", "ar")


def intent_name(intent: str, language: str) -> str:
    """Return what an owner reads for an intent, in one of the five languages."""
    said = INTENTS.get(intent)
    return said[_ORDER.index(language)] if said else intent.replace("_", " ")
