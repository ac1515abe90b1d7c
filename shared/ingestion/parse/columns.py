"""Which column of a catalogue holds what, in the spellings of shops, feeds and languages. Knows names alone."""

import re
from collections.abc import Collection

from shared.domain.folding import fold

# The first that a row has a value for wins; the others stay fields of their own.
TITLE = (
    "title", "name", "product_name", "product_title", "product", "item_name", "item", "model",
    "titel", "bezeichnung", "produktname", "artikelname", "produkt", "artikel",
    "titre", "nom", "produit", "titulo", "nombre", "producto", "nome", "titolo", "prodotto", "naam",
)  # fmt: skip
LINK = (
    "link", "url", "product_url", "product_link", "href", "permalink", "web_page", "webpage", "page",
    "produkt_url", "produktlink", "lien", "enlace", "collegamento",
)  # fmt: skip
PRICE = (
    "price", "regular_price", "unit_price", "list_price", "variant_price", "price_amount", "amount", "cost",
    "preis", "verkaufspreis", "stuckpreis", "prix", "precio", "prezzo", "prijs", "preco", "cena", "pris",
)  # fmt: skip
SALE_PRICE = (
    "sale_price", "special_price", "discount_price", "discounted_price", "offer_price", "reduced_price",
    "angebotspreis", "sonderpreis", "aktionspreis", "prix_promo", "prix_solde", "precio_oferta", "prezzo_scontato",
)  # fmt: skip
CURRENCY = ("currency", "price_currency", "pricecurrency", "currency_code", "wahrung", "devise", "moneda", "valuta")
AVAILABILITY = (
    "availability", "stock_status", "in_stock", "available", "is_in_stock",
    "verfugbarkeit", "verfugbar", "disponibilite", "disponibilidad", "disponibilita", "beschikbaarheid",
)  # fmt: skip
BRAND = ("brand", "manufacturer", "vendor", "marke", "hersteller", "marque", "fabricant", "marca", "merk")
DESCRIPTION = (
    "description", "long_description", "short_description", "product_description", "body_html", "body", "summary",
    "content", "desc", "details", "beschreibung", "produktbeschreibung", "descripcion", "descrizione", "omschrijving",
    "descricao",
)  # fmt: skip
PICTURES = (
    "image_link", "additional_image_link", "image", "images", "image_url", "image_src", "picture", "photo", "thumbnail",
    "bild", "bild_url", "mobile_link",
)  # fmt: skip
QUESTION = (
    "question", "questions", "q", "frage", "fragen", "pregunta", "domanda", "vraag", "pergunta", "faq_question",
)  # fmt: skip
ANSWER = (
    "answer", "answers", "a", "antwort", "antworten", "reponse", "respuesta", "risposta", "antwoord", "resposta",
    "faq_answer", "response", "reply", "accepted_answer", "acceptedanswer",
)  # fmt: skip

_PRICED_IN = re.compile(r"(?:price|preis|prix|precio|prezzo|cost)_(?:in_)?([a-z]{3})$")
_NOT_LETTERS = re.compile(r"[^\w]+|_+")


def key_of(name: str) -> str:
    """Return a column's name in its one spelling: `g:Sale Price` and `sale-price` are both `sale_price`."""
    plain = fold(name)
    return _NOT_LETTERS.sub("_", plain.removeprefix("g:")).strip("_")


def chosen(spellings: Collection[str], fields: Collection[str]) -> str:
    """Return the first of the spellings that is among the fields, else ""."""
    return next((name for name in spellings if name in fields), "")


def currency_in(key: str) -> str:
    """Return the currency that a column's name says, `price_eur` or `Price (EUR)`, in capitals, else ""."""
    found = _PRICED_IN.search(key)
    return found[1].upper() if found else ""
