"""What is said on the phone without a model, in the five languages, in the order en, es, de, fr, ar. Pure data.

`phrases.say` says them. They are heard, not read: short, and without anything that only an eye understands.
"""

from collections.abc import Mapping

PHONE_PHRASES: Mapping[str, tuple[str, str, str, str, str]] = {
    # When a call comes in.
    "phone_greeting": (
        "Hello, you are speaking with the automated assistant of {name}. How can I help you?",
        "Hola, le atiende el asistente automático de {name}. ¿En qué puedo ayudarle?",
        "Guten Tag, hier ist der automatische Assistent von {name}. Wie kann ich Ihnen helfen?",
        "Bonjour, ici l'assistant automatique de {name}. Que puis-je faire pour vous ?",
        "مرحبًا، معكم المساعد الآلي لدى {name}. كيف يمكنني مساعدتكم؟",
    ),
    "phone_busy": (
        "I'm sorry, all our lines are busy at the moment. Please call again in a few minutes. Goodbye.",
        "Lo siento, todas nuestras líneas están ocupadas. Por favor, vuelva a llamar en unos minutos. Adiós.",
        "Leider sind gerade alle Leitungen belegt. Bitte rufen Sie in einigen Minuten wieder an. Auf Wiederhören.",
        "Désolé, toutes nos lignes sont occupées. Veuillez rappeler dans quelques minutes. Au revoir.",
        "عذرًا، جميع خطوطنا مشغولة الآن. يُرجى الاتصال مرة أخرى بعد بضع دقائق. مع السلامة.",
    ),
    "phone_not_now": (
        "I'm sorry, your call cannot be taken at the moment. Please try again later. Goodbye.",
        "Lo siento, no podemos atender su llamada en este momento. Por favor, inténtelo más tarde. Adiós.",
        "Leider kann Ihr Anruf gerade nicht angenommen werden. Bitte versuchen Sie es später wieder. Auf Wiederhören.",
        "Désolé, nous ne pouvons pas prendre votre appel pour le moment. Veuillez réessayer plus tard. Au revoir.",
        "عذرًا، لا يمكننا الرد على مكالمتكم الآن. يُرجى المحاولة لاحقًا. مع السلامة.",
    ),
    "phone_closed": (
        "Thank you for calling {name}. We are closed at the moment. Please call again when we are open. Goodbye.",
        "Gracias por llamar a {name}. Ahora mismo está cerrado. Por favor, llame en horario de apertura. Adiós.",
        "Danke für Ihren Anruf bei {name}. Im Moment ist geschlossen. Bitte rufen Sie zu unseren Öffnungszeiten an. "
        "Auf Wiederhören.",
        "Merci d'avoir appelé {name}. Nous sommes fermés pour le moment. Veuillez rappeler aux heures d'ouverture. "
        "Au revoir.",
        "شكرًا لاتصالكم بـ {name}. نحن مغلقون الآن. يُرجى الاتصال في أوقات العمل. مع السلامة.",
    ),
    "phone_message_only": (
        "Thank you for calling {name}. Nobody can talk to you at the moment.",
        "Gracias por llamar a {name}. En este momento nadie puede atenderle.",
        "Danke für Ihren Anruf bei {name}. Im Moment kann niemand mit Ihnen sprechen.",
        "Merci d'avoir appelé {name}. Personne ne peut vous parler pour le moment.",
        "شكرًا لاتصالكم بـ {name}. لا يوجد من يمكنه التحدث إليكم الآن.",
    ),
    "phone_closed_message": (
        "Thank you for calling {name}. We are closed at the moment.",
        "Gracias por llamar a {name}. Ahora mismo está cerrado.",
        "Danke für Ihren Anruf bei {name}. Im Moment ist geschlossen.",
        "Merci d'avoir appelé {name}. Nous sommes fermés pour le moment.",
        "شكرًا لاتصالكم بـ {name}. نحن مغلقون الآن.",
    ),
    # While it goes on.
    "phone_wait": (
        "One moment, please.",
        "Un momento, por favor.",
        "Einen Moment, bitte.",
        "Un instant, s'il vous plaît.",
        "لحظة من فضلكم.",
    ),
    "phone_interrupted": (
        "I'm sorry for the interruption. What can I do for you?",
        "Disculpe la interrupción. ¿Qué puedo hacer por usted?",
        "Entschuldigen Sie die Unterbrechung. Was kann ich für Sie tun?",
        "Excusez-moi pour l'interruption. Que puis-je faire pour vous ?",
        "عذرًا على الانقطاع. كيف يمكنني مساعدتكم؟",
    ),
    "phone_still_there": (
        "I'm sorry, I did not hear anything. What can I do for you?",
        "Disculpe, no he oído nada. ¿Qué puedo hacer por usted?",
        "Entschuldigung, ich habe nichts gehört. Was kann ich für Sie tun?",
        "Excusez-moi, je n'ai rien entendu. Que puis-je faire pour vous ?",
        "عذرًا، لم أسمع شيئًا. كيف يمكنني مساعدتكم؟",
    ),
    "phone_goodbye": (
        "Thank you for your call. Goodbye.",
        "Gracias por su llamada. Adiós.",
        "Vielen Dank für Ihren Anruf. Auf Wiederhören.",
        "Merci de votre appel. Au revoir.",
        "شكرًا لاتصالكم. مع السلامة.",
    ),
    "phone_too_long": (
        "I'm sorry, this call has reached its longest time. Please call again if there is more. Goodbye.",
        "Lo siento, esta llamada ha alcanzado su duración máxima. Si necesita algo más, vuelva a llamar. Adiós.",
        "Leider hat dieses Gespräch seine längste Dauer erreicht. Rufen Sie gern wieder an. Auf Wiederhören.",
        "Désolé, cet appel a atteint sa durée maximale. N'hésitez pas à rappeler. Au revoir.",
        "عذرًا، بلغت هذه المكالمة أقصى مدة لها. يمكنكم الاتصال مرة أخرى. مع السلامة.",
    ),
    "phone_trouble": (
        "I'm sorry, something went wrong on our side.",
        "Lo siento, algo ha fallado por nuestra parte.",
        "Entschuldigung, bei uns ist etwas schiefgegangen.",
        "Désolé, un problème est survenu de notre côté.",
        "عذرًا، حدث خطأ من جهتنا.",
    ),
    # A link as a text message.
    "phone_offer_link": (
        "Shall I text you the link: {label}?",
        "¿Quiere que le envíe el enlace por mensaje: {label}?",
        "Soll ich Ihnen den Link als SMS schicken: {label}?",
        "Voulez-vous que je vous envoie le lien par SMS : {label} ?",
        "هل أرسل لكم الرابط برسالة نصية: {label}؟",
    ),
    "phone_link_sent": (
        "I have sent you the link.",
        "Le he enviado el enlace.",
        "Ich habe Ihnen den Link geschickt.",
        "Je vous ai envoyé le lien.",
        "لقد أرسلت لكم الرابط.",
    ),
    "phone_link_failed": (
        "I'm sorry, the text message could not be sent.",
        "Lo siento, no se ha podido enviar el mensaje.",
        "Leider konnte die SMS nicht gesendet werden.",
        "Désolé, le SMS n'a pas pu être envoyé.",
        "عذرًا، تعذّر إرسال الرسالة النصية.",
    ),
    # A person of the business, or a message for one.
    "phone_transfer": (
        "One moment, please. I am putting you through.",
        "Un momento, por favor. Le paso la llamada.",
        "Einen Moment, bitte. Ich verbinde Sie.",
        "Un instant, s'il vous plaît. Je vous mets en relation.",
        "لحظة من فضلكم، سأحوّل مكالمتكم.",
    ),
    "phone_nobody": (
        "I'm sorry, nobody can come to the phone right now. The team will be told that you called.",
        "Lo siento, ahora mismo nadie puede ponerse al teléfono. El equipo sabrá que ha llamado.",
        "Leider kann gerade niemand ans Telefon kommen. Das Team erfährt, dass Sie angerufen haben.",
        "Désolé, personne ne peut vous répondre pour le moment. L'équipe saura que vous avez appelé.",
        "عذرًا، لا يستطيع أحد الرد على الهاتف الآن. سنخبر الفريق باتصالكم.",
    ),
    "phone_leave_message": (
        "Please leave a message after the tone: your name, your number, and what it is about.",
        "Por favor, deje un mensaje después de la señal: su nombre, su número y el motivo de su llamada.",
        "Bitte hinterlassen Sie nach dem Ton eine Nachricht: Ihren Namen, Ihre Nummer, und worum es geht.",
        "Veuillez laisser un message après le signal : votre nom, votre numéro et l'objet de votre appel.",
        "يُرجى ترك رسالة بعد الصافرة: اسمكم ورقمكم وموضوع اتصالكم.",
    ),
    "phone_message_kept": (
        "Thank you, your message has been passed on. Goodbye.",
        "Gracias, hemos transmitido su mensaje. Adiós.",
        "Vielen Dank, Ihre Nachricht wurde weitergegeben. Auf Wiederhören.",
        "Merci, votre message a été transmis. Au revoir.",
        "شكرًا لكم، لقد نقلنا رسالتكم. مع السلامة.",
    ),
    "phone_whisper": (
        "A call from {name}: {reason}. Press any key to take it.",
        "Llamada de {name}: {reason}. Pulse cualquier tecla para aceptarla.",
        "Ein Anruf von {name}: {reason}. Drücken Sie eine beliebige Taste, um ihn anzunehmen.",
        "Appel de {name} : {reason}. Appuyez sur une touche pour le prendre.",
        "مكالمة من {name}: {reason}. اضغطوا أي زر لتلقّيها.",
    ),
    "phone_somebody": (
        "somebody without a number",
        "alguien sin número",
        "jemand ohne Nummer",
        "quelqu'un sans numéro",
        "شخص بلا رقم",
    ),
}
