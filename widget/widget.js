// @ts-check
/**
 * The chat widget: one file, no build step, no dependencies.
 *
 *   <script src="CHAT_URL/widget.js" data-business-id="ID" defer></script>
 *
 * Optional attributes: data-open="true" (open on load unless the visitor closed it), data-locale, data-user-id, and
 * data-user-hash, by which the page's server proves the user id.
 * Verbs: ChatbotWidget.open(), close(), toggle(), send(text), reset(), identify(userId, userHash).
 *
 * Before the visitor opens it, nothing is stored and nothing is requested but this file and GET /config. A conversation
 * that was handed to a person is looked after on later pages too: the visitor may be waiting for an answer.
 *
 * The strictest Content-Security-Policy of a page that embeds it:
 *   default-src 'none'; script-src CHAT_URL; connect-src CHAT_URL
 *   and, if the business has a logo: img-src LOGO_ORIGIN
 *   and, if the page enforces Trusted Types: trusted-types chatbot-widget
 * No style-src is needed: the style sheet is a constructed one. No 'unsafe-inline', no 'unsafe-eval', no frames.
 *
 * It must not: assign HTML strings, write style attributes, set cookies, or touch the page outside its own element.
 */
(() => {
"use strict";

const VERSION = "1.0.0";
const FIRST_BYTE_MS = 8000; // a proxy that buffers streams shows itself by silence
const STALL_MS = 60000; // the server sends keep-alives well within this
const MAX_LENGTH = 4000;
const KEPT_MESSAGES = 50;
const KEPT_MS = 7 * 24 * 3600 * 1000; // the server forgets a session after a week; so does the browser
const WATCH_OPEN_MS = 5000; // how often a person's words are asked for
const WATCH_CLOSED_MS = 30000;
const WATCH_BACKOFF_MS = 300000;
const WATCH_ENDS_MS = 2 * 3600 * 1000; // after a hand-off's last word

/** @typedef {{id:string, label:string, kind:"link"|"message"|"menu"|"phone"|"email", url?:string, message?:string, children?:Cta[]}} Cta */
/** @typedef {{n:number, title:string, url:string}} Citation */
/** @typedef {{html:string, text:string}} Reply */
/** @typedef {{reply:Reply, ctas?:Cta[], citations?:Citation[], session_token?:string, message_id?:string, handoff?:{id:string, status:string, reason?:string}|null}} Answer */
/** @typedef {{id:string, status:string, at:number}} Handoff Who looks after the conversation, and when something was last said. */
/** @typedef {{role:"user"|"assistant", html:string, text:string, message_id?:string}} Entry */
/** @typedef {{key:string, id:string, role:"user"|"assistant", text:string, html?:string, wire?:string, ctas?:Cta[], citations?:Citation[], rateable?:boolean, person?:boolean, rating?:"up"|"down", commented?:boolean, note?:"sending"|"failed"|"stopped"}} Message */
/** @typedef {{id:string, kind:"network"|"dropped"|"problem", detail:string, retryAt:number}} Failure */
/** @typedef {{id:string, html:string}} Draft */
/** @typedef {{business_id:string, name:string, branding?:{primary_color?:string, text_color?:string, title?:string, logo_url?:string|null, position?:string}, greeting?:Reply, ctas?:Cta[], locale?:string, languages?:string[], intro_token?:string, contact?:{phone?:string|null, email?:string|null}}} Config */
/** @typedef {{open:boolean, config:Config|null, messages:Message[], draft:Draft|null, failure:Failure|null, menu:string[], offline:boolean, confirming:boolean, handoff:Handoff|null, unread:boolean}} State */
/** @typedef {{session_id:string, session_token:string, messages:Message[], open:boolean, saved:number, user?:string, handoff?:Handoff|null, unread?:boolean}} Stored */

// ---------------------------------------------------------------- words

const WORDS = {
  en: { open: "Open chat", close: "Close chat", title: "Chat", subtitle: "AI assistant", log: "Conversation", label: "Your message",
    placeholder: "Write a message…", send: "Send", stop: "Stop", typing: "Typing…", you: "You:", assistant: "Assistant:", restart: "Start over",
    confirm: "Start over? This conversation will be deleted.", cancel: "Cancel", back: "Back", options: "Suggestions", sources: "Sources", up: "Helpful", down: "Not helpful",
    why: "What was missing?", thanks: "Thank you for your feedback.", retry: "Try again", wait: "Try again in {n} s", failed: "Not sent",
    stopped: "Stopped", network: "Your message could not be sent.", dropped: "The connection was lost before the answer was complete.",
    problem: "Something went wrong.", offline: "You are offline. Messages are sent when the connection is back.", contact: "Or reach us directly:",
    told: "A member of the team has been told", here: "A member of the team is here", team: "Team", unread: "New message" },
  de: { open: "Chat öffnen", close: "Chat schließen", title: "Chat", subtitle: "KI-Assistent", log: "Unterhaltung", label: "Ihre Nachricht",
    placeholder: "Nachricht schreiben…", send: "Senden", stop: "Stopp", typing: "Schreibt…", you: "Sie:", assistant: "Assistent:", restart: "Neu beginnen",
    confirm: "Neu beginnen? Diese Unterhaltung wird gelöscht.", cancel: "Abbrechen", back: "Zurück", options: "Vorschläge", sources: "Quellen", up: "Hilfreich", down: "Nicht hilfreich",
    why: "Was hat gefehlt?", thanks: "Danke für Ihre Rückmeldung.", retry: "Erneut versuchen", wait: "Erneut in {n} s", failed: "Nicht gesendet",
    stopped: "Gestoppt", network: "Ihre Nachricht konnte nicht gesendet werden.", dropped: "Die Verbindung brach ab, bevor die Antwort vollständig war.",
    problem: "Etwas ist schiefgegangen.", offline: "Sie sind offline. Nachrichten werden gesendet, sobald die Verbindung wieder da ist.", contact: "Oder direkt:",
    told: "Das Team wurde benachrichtigt", here: "Jemand aus dem Team ist jetzt da", team: "Team", unread: "Neue Nachricht" },
  es: { open: "Abrir el chat", close: "Cerrar el chat", title: "Chat", subtitle: "Asistente de IA", log: "Conversación", label: "Su mensaje",
    placeholder: "Escriba un mensaje…", send: "Enviar", stop: "Detener", typing: "Escribiendo…", you: "Usted:", assistant: "Asistente:", restart: "Empezar de nuevo",
    confirm: "¿Empezar de nuevo? Se borrará esta conversación.", cancel: "Cancelar", back: "Atrás", options: "Sugerencias", sources: "Fuentes", up: "Útil", down: "No es útil",
    why: "¿Qué faltó?", thanks: "Gracias por su opinión.", retry: "Reintentar", wait: "Reintentar en {n} s", failed: "No enviado",
    stopped: "Detenido", network: "No se pudo enviar su mensaje.", dropped: "La conexión se perdió antes de terminar la respuesta.",
    problem: "Algo salió mal.", offline: "Está sin conexión. Los mensajes se enviarán cuando vuelva.", contact: "O contáctenos directamente:",
    told: "Se ha avisado al equipo", here: "Alguien del equipo está aquí", team: "Equipo", unread: "Mensaje nuevo" },
  fr: { open: "Ouvrir le chat", close: "Fermer le chat", title: "Chat", subtitle: "Assistant IA", log: "Conversation", label: "Votre message",
    placeholder: "Écrivez un message…", send: "Envoyer", stop: "Arrêter", typing: "En train d’écrire…", you: "Vous :", assistant: "Assistant :", restart: "Recommencer",
    confirm: "Recommencer ? Cette conversation sera effacée.", cancel: "Annuler", back: "Retour", options: "Suggestions", sources: "Sources", up: "Utile", down: "Pas utile",
    why: "Que manquait-il ?", thanks: "Merci pour votre avis.", retry: "Réessayer", wait: "Réessayer dans {n} s", failed: "Non envoyé",
    stopped: "Arrêté", network: "Votre message n’a pas pu être envoyé.", dropped: "La connexion a été coupée avant la fin de la réponse.",
    problem: "Une erreur est survenue.", offline: "Vous êtes hors ligne. Les messages partiront au retour de la connexion.", contact: "Ou contactez-nous :",
    told: "L’équipe a été prévenue", here: "Quelqu’un de l’équipe est là", team: "Équipe", unread: "Nouveau message" },
};

const language = (/** @type {string} */ tag) => tag.toLowerCase().split(/[-_]/)[0];

/** The locale to speak: the page's wish as it is, else the first of page and browser that the business offers. */
function pickLocale(/** @type {string|undefined} */ wish, /** @type {Config|null} */ config) {
  const offered = ((config && config.languages) || []).map(language);
  const wanted = [document.documentElement.lang, ...navigator.languages].filter(Boolean);
  return wish || wanted.find((tag) => !offered.length || offered.includes(language(tag))) || (config && config.locale) || "en";
}

// ---------------------------------------------------------------- storage

/** What the browser remembers of a conversation. Works, forgetfully, where storage is blocked. */
class Store {
  constructor(/** @type {string} */ key) { this.key = key; }

  /** @returns {Stored|null} */
  load() {
    try {
      const found = JSON.parse(localStorage.getItem(this.key) || "null");
      if (!found || typeof found.session_id !== "string" || Date.now() - found.saved > KEPT_MS) return null;
      return { ...found, messages: Array.isArray(found.messages) ? found.messages : [] };
    } catch (_) { return null; }
  }

  save(/** @type {Stored} */ record) {
    try { localStorage.setItem(this.key, JSON.stringify(record)); } catch (_) { /* full or blocked: memory has it */ }
  }

  clear() {
    try { localStorage.removeItem(this.key); } catch (_) { /* blocked: nothing was stored */ }
  }
}

/** A random id. randomUUID exists on secure pages only. */
function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// ---------------------------------------------------------------- api client

/** Why a call failed; `detail` is the server's sentence for the visitor, `retryAfter` is in seconds. */
class Problem extends Error {
  constructor(/** @type {Failure["kind"]} */ kind, detail = "", retryAfter = 0) {
    super(detail || kind);
    this.kind = kind;
    this.detail = detail;
    this.retryAfter = retryAfter;
  }
}

/** Aborts a request that the visitor stops, or that stays silent for too long. */
class Watchdog {
  constructor(/** @type {AbortSignal} */ outer, /** @type {number} */ ms) {
    this.inner = new AbortController();
    this.fed = false;
    this.expired = false;
    outer.addEventListener("abort", () => this.inner.abort());
    this.arm(ms);
  }

  arm(/** @type {number} */ ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.expired = true; this.inner.abort(); }, ms);
  }

  feed() { this.fed = true; this.arm(STALL_MS); }
  stop() { clearTimeout(this.timer); }
}

/** Server-sent events of a response body; comments are skipped, but count as signs of life. */
async function* readEvents(/** @type {ReadableStream<Uint8Array>} */ body, /** @type {() => void} */ onBytes) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffer = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes();
      const blocks = (buffer + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/);
      buffer = blocks.pop() || "";
      for (const block of blocks) {
        const lines = block.split(/\r?\n/);
        const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart()).join("\n");
        const name = (lines.find((line) => line.startsWith("event:")) || "event:message").slice(6).trim();
        if (data) yield { name, data: JSON.parse(data) };
      }
    }
  } finally { reader.cancel().catch(() => undefined); }
}

const bearer = (/** @type {string} */ token) => (token ? { Authorization: `Bearer ${token}` } : undefined);

/** The chat function's routes. Every failure is a Problem. */
class Api {
  constructor(/** @type {string} */ base, /** @type {string} */ business) { this.base = base; this.business = business; }

  async request(/** @type {string} */ path, /** @type {RequestInit} */ init = {}) {
    let response;
    try {
      response = await fetch(this.base + path, { credentials: "omit", ...init });
    } catch (_) { throw new Problem("network"); }
    if (response.ok && !(response.headers.get("content-type") || "").startsWith("application/problem")) return response;
    const problem = await response.json().catch(() => ({}));
    const after = Number(response.headers.get("retry-after")) || (response.status === 429 ? 5 : 0);
    throw new Problem("problem", String(problem.detail || problem.title || ""), after);
  }

  post(/** @type {string} */ path, /** @type {object} */ body, /** @type {RequestInit} */ init = {}) {
    const headers = { "Content-Type": "application/json", ...init.headers };
    const json = JSON.stringify({ business_id: this.business, ...body });
    return this.request(path, { ...init, method: "POST", headers, body: json });
  }

  session(/** @type {string} */ id, /** @type {string} */ token, method = "GET") {
    const query = new URLSearchParams({ business_id: this.business, session_id: id });
    const signal = AbortSignal.timeout(STALL_MS);
    return this.request(`/session?${query}`, { method, headers: bearer(token), cache: "no-store", signal });
  }

  /** @returns {Promise<Config>} */
  async config() { return (await this.request(`/config?${new URLSearchParams({ business_id: this.business })}`)).json(); }

  erase(/** @type {string} */ id, /** @type {string} */ token) { this.session(id, token, "DELETE").catch(() => undefined); }

  event(/** @type {object} */ body) { this.post("/events", body, { keepalive: true }).catch(() => undefined); }

  feedback(/** @type {string} */ token, /** @type {object} */ body) {
    this.post("/feedback", body, { keepalive: true, headers: bearer(token) }).catch(() => undefined);
  }

  /**
   * One turn. Streams; when nothing at all arrives in time, asks again for plain JSON with the same message id.
   * The token, once there is one, says that this browser holds the session.
   * @param {object} body
   * @param {string} token
   * @param {AbortSignal} signal
   * @param {{start: (data: {session_token?: string}) => void, delta: (html: string) => void}} on
   * @returns {Promise<Answer>}
   */
  async chat(body, token, signal, on) {
    const watchdog = new Watchdog(signal, FIRST_BYTE_MS);
    try {
      return await this.stream(body, token, watchdog, on);
    } catch (error) {
      if (!watchdog.expired || watchdog.fed) throw asProblem(error);
    } finally { watchdog.stop(); }
    return (await this.post("/chat", body, { signal, headers: bearer(token) })).json();
  }

  /** @param {object} body @param {string} token @param {Watchdog} watchdog @param {Parameters<Api["chat"]>[3]} on @returns {Promise<Answer>} */
  async stream(body, token, watchdog, on) {
    const headers = { Accept: "text/event-stream", ...bearer(token) };
    const response = await this.post("/chat", body, { signal: watchdog.inner.signal, headers });
    const type = response.headers.get("content-type") || "";
    if (!type.startsWith("text/event-stream") || !response.body) return response.json();
    for await (const { name, data } of readEvents(response.body, () => watchdog.feed())) {
      if (name === "start") on.start(data);
      if (name === "delta") on.delta(String(data.html || ""));
      if (name === "done") return data;
      if (name === "error") throw new Problem("problem", String(data.detail || data.title || ""), data.status === 429 ? 5 : 0);
    }
    throw new Problem("dropped");
  }
}

const asProblem = (/** @type {unknown} */ error) => (error instanceof Problem ? error : new Problem("dropped"));

// ---------------------------------------------------------------- safe HTML

const ALLOWED_TAGS = new Set(["P", "B", "I", "BR", "A"]);
const SILENT_TAGS = new Set(["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT", "IFRAME", "OBJECT", "TEXTAREA", "SVG", "MATH"]);
const SAFE_SCHEMES = new Set(["http:", "https:", "mailto:", "tel:"]);
const policy = trustedPolicy();

/** Lets DOMParser work on pages that enforce Trusted Types; what it parses is never shown. */
function trustedPolicy() {
  const factory = /** @type {any} */ (window).trustedTypes;
  try {
    return factory && factory.createPolicy("chatbot-widget", { createHTML: (/** @type {string} */ html) => html });
  } catch (_) { return null; }
}

/** The address as a URL, or null if its scheme is not one a visitor may be sent to. */
function safeUrl(/** @type {string|null|undefined} */ address) {
  try {
    const url = new URL(address || "", document.baseURI);
    return address && SAFE_SCHEMES.has(url.protocol) ? url : null;
  } catch (_) { return null; }
}

/** Rebuilds the allowed nodes only; the parsed document is inert and thrown away. */
function safeHtml(/** @type {string} */ html) {
  const parsed = new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");
  const fragment = document.createDocumentFragment();
  copySafely(parsed.body, fragment);
  return fragment;
}

function copySafely(/** @type {Node} */ from, /** @type {Node} */ to) {
  from.childNodes.forEach((node) => {
    if (node.nodeType === Node.TEXT_NODE) to.appendChild(document.createTextNode(node.nodeValue || ""));
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    const element = /** @type {Element} */ (node);
    const tag = element.tagName.toUpperCase();
    if (SILENT_TAGS.has(tag)) return;
    const url = tag === "A" ? safeUrl(element.getAttribute("href")) : null;
    const isKept = ALLOWED_TAGS.has(tag) && (tag !== "A" || url);
    copySafely(element, isKept ? to.appendChild(url ? link(url) : document.createElement(tag)) : to);
  });
}

/** A link that opens beside the page and tells the target nothing. */
function link(/** @type {URL} */ url, /** @type {Props} */ props = {}, /** @type {(Node|string)[]} */ ...children) {
  return h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer", ...props }, ...children);
}

// ---------------------------------------------------------------- state

/** @type {State} */
const INITIAL = {
  open: false, config: null, messages: [], draft: null, failure: null, menu: [], offline: false, confirming: false,
  handoff: null, unread: false,
};

/** @typedef {{type:"configured", config:Config} | {type:"opened"} | {type:"closed"} | {type:"restored", messages:Message[], handoff?:Handoff|null, unread?:boolean}
 *  | {type:"asked", id:string, message?:Message} | {type:"delta", html:string} | {type:"answered", id:string, answer:Answer, rateable:boolean, at:number}
 *  | {type:"heard", messages:Message[], at:number} | {type:"released"}
 *  | {type:"failed", id:string, kind:Failure["kind"], detail:string, retryAt:number} | {type:"stopped"} | {type:"menu", path:string[]}
 *  | {type:"rated", id:string, rating:"up"|"down", commented:boolean} | {type:"offline", offline:boolean}
 *  | {type:"confirming", confirming:boolean} | {type:"reset"}} Action */

/** The next state. Pure. @param {State} state @param {Action} action @returns {State} */
function reduce(state, action) {
  switch (action.type) {
    case "configured": return { ...state, config: action.config };
    case "opened": return { ...state, open: true, unread: false };
    case "closed": return { ...state, open: false, confirming: false };
    case "offline": return { ...state, offline: action.offline };
    case "confirming": return { ...state, confirming: action.confirming };
    case "menu": return { ...state, menu: action.path };
    case "reset": return { ...INITIAL, open: state.open, config: state.config, offline: state.offline };
    case "restored": return restored(state, action);
    case "asked": return asked(state, action.id, action.message);
    case "delta": return state.draft ? { ...state, draft: { ...state.draft, html: state.draft.html + action.html } } : state;
    case "answered": return answered(state, action.id, action.answer, action.rateable, action.at);
    case "heard": return heard(state, action.messages, action.at);
    case "released": return { ...state, handoff: null };
    case "stopped": return stopped(state);
    case "failed": {
      const { id, kind, detail, retryAt } = action;
      const messages = noted(state.messages, id, kind === "network" ? "failed" : undefined);
      return settled({ ...state, failure: { id, kind, detail, retryAt }, messages });
    }
    case "rated": {
      const { id, rating, commented } = action;
      return { ...state, messages: state.messages.map((m) => (m.key === `a:${id}` ? { ...m, rating, commented } : m)) };
    }
  }
}

/**
 * A stored conversation; a last question without an answer (the page was left, say) is offered again.
 * @param {State} state @param {{messages:Message[], handoff?:Handoff|null, unread?:boolean}} record @returns {State}
 */
function restored(state, { messages, handoff = null, unread = false }) {
  const next = { ...state, messages, handoff, unread: unread && !state.open, failure: null, draft: null, menu: [] };
  const last = messages[messages.length - 1];
  if (!last || last.role !== "user" || last.note === "stopped") return next;
  const kind = last.note === "failed" ? "network" : "dropped";
  return reduce(next, { type: "failed", id: last.id, kind, detail: "", retryAt: 0 });
}

/** @param {State} state @param {string} id @param {Message|undefined} message @returns {State} */
function asked(state, id, message) {
  const kept = state.messages.filter((m) => m.key !== `a:${id}`); // what arrived of a broken answer comes again
  const known = kept.some((m) => m.key === `u:${id}`);
  const messages = message && !known ? [...kept, message] : noted(kept, id, "sending");
  return { ...state, messages, draft: { id, html: "" }, failure: null, menu: [] };
}

/** @param {State} state @param {string} id @param {Answer} answer @param {boolean} rateable @param {number} at @returns {State} */
function answered(state, id, answer, rateable, at) {
  const { reply: { html, text }, ctas = [], citations = [], handoff } = answer;
  /** @type {Message} */
  const message = { key: `a:${id}`, id, role: "assistant", text, html, ctas, citations, rateable };
  const next = { ...state, messages: [...noted(state.messages, id, undefined), message], draft: null, failure: null, menu: [] };
  return { ...next, handoff: handoff ? { id: handoff.id, status: handoff.status, at } : null };
}

/** A person has written, so a person is there. @param {State} state @param {Message[]} messages @param {number} at @returns {State} */
function heard(state, messages, at) {
  const handoff = state.handoff && { ...state.handoff, status: "with_person", at };
  return { ...state, messages: [...state.messages, ...messages], handoff, unread: !state.open };
}

/** Nothing came yet: the question says so; else the partial answer does. @param {State} state @returns {State} */
function stopped(state) {
  const { draft, messages } = state;
  return settled({ ...state, messages: draft ? noted(messages, draft.id, draft.html ? undefined : "stopped") : messages });
}

/** What was received of an unfinished answer becomes a message. @param {State} state @returns {State} */
function settled(state) {
  const { draft, messages } = state;
  if (!draft || !draft.html) return { ...state, draft: null };
  /** @type {Message} */
  const partial = { key: `a:${draft.id}`, id: draft.id, role: "assistant", text: "", html: draft.html, note: "stopped" };
  return { ...state, draft: null, messages: [...messages, partial] };
}

/** @param {Message[]} messages @param {string|null|undefined} id @param {Message["note"]} note */
const noted = (messages, id, note) => messages.map((m) => (m.id === id && m.role === "user" ? { ...m, note } : m));

/** Waiting for an answer or receiving it. */
const isBusy = (/** @type {State} */ state) => Boolean(state.draft);

/** The assistant said nothing (a person has the conversation): kept, as the question has its answer, but not shown. */
const isQuiet = (/** @type {Message} */ message) => message.role === "assistant" && !message.html;

/** The buttons to show now: those of the last answer, or of the menu opened in it. @param {State} state @returns {Cta[]} */
function visibleCtas(state) {
  const last = state.messages[state.messages.length - 1];
  if (!last || last.role !== "assistant" || state.draft || state.failure) return [];
  const root = last.ctas || (state.config && state.config.ctas) || [];
  return state.menu.reduce((level, id) => (level.find((cta) => cta.id === id) || {}).children || [], root);
}

// ---------------------------------------------------------------- view

const ICONS = {
  chat: "M21 11.5a8.5 8.5 0 0 1-12.3 7.6L3 21l1.9-5.7A8.5 8.5 0 1 1 21 11.5z",
  down: "M6 9l6 6 6-6", close: "M18 6 6 18M6 6l12 12", restart: "M3 12a9 9 0 1 0 2.6-6.4L3 8M3 3v5h5", send: "M12 19V5M5.5 11.5 12 5l6.5 6.5", stop: "M8 8h8v8H8z",
  up: "M14 9V5a3 3 0 0 0-3-3l-4 9v11h11.3a2 2 0 0 0 2-1.7l1.4-9a2 2 0 0 0-2-2.3zM7 22H4a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2h3",
  back: "M15 6l-6 6 6 6", menu: "M9 6l6 6-6 6", link: "M7 17 17 7M9 7h8v8", email: "M4 5h16v14H4zM4 7l8 6 8-6",
  phone: "M6.5 3H4a1 1 0 0 0-1 1c0 9.4 7.6 17 17 17a1 1 0 0 0 1-1v-3.5l-5-2-2 2.2a14 14 0 0 1-5.7-5.7L10.5 9z", alert: "M12 8v5M12 16.5v.1M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
};

const STYLES = `
:host { all: initial !important; position: fixed !important; z-index: 2147483647 !important; inset: auto !important; display: block !important; color-scheme: light dark !important; }
@media print { :host { display: none !important; } }
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
.cw { --primary: #2f5bea; --on-primary: #fff; --bg: #fff; --fg: #1a1d23; --muted: #5f6672; --soft: #f2f3f6; --line: #e1e4ea; --edge: #878d99; --accent: var(--fg); --bad: #b3261e;
  font: 400 15px/1.5 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif; color: var(--fg); -webkit-text-size-adjust: 100%; }
@supports (color: oklch(from red l c h)) { .cw { --accent: oklch(from var(--primary) min(l, .48) c h); } }
@media (prefers-color-scheme: dark) {
  .cw { --bg: #16181d; --fg: #eceef2; --muted: #a2a9b5; --soft: #24272e; --line: #363a43; --edge: #727987; --bad: #ff9d94; }
  @supports (color: oklch(from red l c h)) { .cw { --accent: oklch(from var(--primary) max(l, .8) min(c, .11) h); } }
}
button, input, textarea { font: inherit; color: inherit; letter-spacing: inherit; margin: 0; }
button, .cta { cursor: pointer; border: 0; background: none; -webkit-tap-highlight-color: transparent; touch-action: manipulation; }
svg { display: block; inline-size: 20px; block-size: 20px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; flex: none; }
:focus { outline: none; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.sr { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.launcher { position: fixed; inset-block-end: calc(20px + env(safe-area-inset-bottom)); right: calc(20px + env(safe-area-inset-right)); inline-size: 56px; block-size: 56px; padding: 0; border-radius: 50%;
  display: grid; place-items: center; color: var(--on-primary); background: var(--primary); box-shadow: 0 1px 3px rgb(9 14 30 / .16), 0 6px 20px rgb(9 14 30 / .2); }
.launcher svg { grid-area: 1 / 1; inline-size: 26px; block-size: 26px; }
.launcher > :nth-child(2), .open .launcher > :nth-child(1) { opacity: 0; transform: scale(.6) rotate(-30deg); }
.open .launcher > :nth-child(2) { opacity: 1; transform: none; }
.left .launcher { right: auto; left: calc(20px + env(safe-area-inset-left)); }
.unread .launcher::after { content: ""; position: absolute; inset-block-start: 0; right: 0; inline-size: 16px; block-size: 16px; border-radius: 50%; background: #d92d20; border: 2px solid #fff; }

.panel { position: fixed; inset-block-end: calc(92px + env(safe-area-inset-bottom)); right: calc(20px + env(safe-area-inset-right)); inline-size: 392px; max-inline-size: calc(100vw - 40px);
  block-size: min(680px, 100dvh - 116px); display: flex; flex-direction: column; overflow: hidden; border-radius: 18px; background: var(--bg); border: 1px solid rgb(9 14 30 / .06);
  box-shadow: 0 2px 6px rgb(9 14 30 / .06), 0 16px 48px rgb(9 14 30 / .2); transform-origin: bottom right; }
.left .panel { right: auto; left: calc(20px + env(safe-area-inset-left)); transform-origin: bottom left; }
.head { display: flex; align-items: center; gap: 4px; padding: 14px 10px 14px 18px; padding-inline: 18px 10px; color: var(--on-primary); background: var(--primary); }
.logo { inline-size: 40px; block-size: 40px; border-radius: 12px; object-fit: cover; margin-inline-end: 8px; background: #fff; flex: none; }
.name { flex: 1; min-inline-size: 0; line-height: 1.3; }
.name b { display: block; font-size: 16px; font-weight: 650; letter-spacing: -.01em; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.name span { font-size: 13px; }
.icon { inline-size: 44px; block-size: 44px; display: grid; place-items: center; padding: 0; border-radius: 12px; flex: none; }
.head :focus-visible { outline-color: currentColor; outline-offset: -4px; }
.strip { display: flex; align-items: center; gap: 8px; flex-wrap: wrap; margin: 0; padding: 8px 16px; font-size: 13.5px; background: var(--soft); border-block-end: 1px solid var(--line); }
.strip[role=alertdialog] { justify-content: flex-end; padding-block: 12px 4px; }
.strip span { flex: 1 1 100%; }
.plain { min-block-size: 44px; padding: 0 14px; border-radius: 12px; font-weight: 600; font-size: 14px; color: var(--accent); }
.plain:disabled { color: var(--muted); cursor: default; }
.plain.danger { color: var(--bad); }

.scroll { flex: 1; min-block-size: 0; overflow-y: auto; overscroll-behavior: contain; padding: 20px 16px 12px; display: flex; flex-direction: column; scrollbar-width: thin; }
.scroll:focus-visible { outline-offset: -3px; }
.msg { display: flex; flex-direction: column; align-items: flex-start; margin-block-end: 14px; }
.bubble { max-inline-size: 88%; padding: 10px 14px; border-radius: 18px; border-end-start-radius: 5px; background: var(--soft); overflow-wrap: anywhere; unicode-bidi: isolate; text-align: start; }
.bubble p { margin: 0; unicode-bidi: plaintext; }
.bubble p + p { margin-block-start: .6em; }
.bubble b { font-weight: 650; }
a { color: inherit; text-decoration-line: underline; text-decoration-thickness: 1px; text-underline-offset: 2px; }
.bubble a { color: var(--accent); font-weight: 500; }
.user { align-items: flex-end; }
.user .bubble { background: var(--primary); color: var(--on-primary); border-end-start-radius: 18px; border-end-end-radius: 5px; white-space: pre-wrap; }
.who { margin: 0 6px 3px; font-size: 12.5px; font-weight: 600; color: var(--muted); }
.note { font-size: 12.5px; color: var(--muted); margin: 4px 6px 0; }
.note.failed { color: var(--bad); }
.sources { margin: 10px 4px 0; font-size: 13px; color: var(--muted); max-inline-size: 88%; }
.sources b { font-size: 12px; font-weight: 600; }
.sources ol { margin: 2px 0 0; padding: 0; list-style: none; }
.sources a { display: flex; gap: 8px; align-items: center; padding-block: 3px; min-block-size: 28px; text-decoration-line: none; color: var(--fg); }
.sources a:hover span { text-decoration-line: underline; }
.sources i { flex: none; min-inline-size: 20px; text-align: center; font-style: normal; font-size: 11.5px; font-weight: 600; line-height: 20px; border-radius: 6px; background: var(--soft); color: var(--muted); }
.sources span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; unicode-bidi: plaintext; }
.tools { margin: 4px 0 0; inline-size: 100%; }
.thumbs { display: flex; margin-inline-start: -6px; margin-block: -4px -10px; }
.thumbs .icon { color: var(--muted); }
.thumbs svg { inline-size: 16px; block-size: 16px; }
.thumbs .down svg { transform: rotate(180deg); }
.thumbs [aria-pressed="true"] { color: var(--accent); }
.thumbs [aria-pressed="true"] svg { fill: color-mix(in srgb, currentColor 22%, transparent); }
.why { display: flex; gap: 4px; margin-block-start: 10px; max-inline-size: 88%; }
.why input { flex: 1; min-inline-size: 0; block-size: 44px; padding: 0 12px; font-size: 16px; border: 1px solid var(--edge); border-radius: 12px; background: var(--bg); }
.why input:focus-visible { outline-offset: -1px; }
.tools .note { margin-block-start: 12px; }

.dots { display: inline-flex; gap: 4px; padding-block: 8px; vertical-align: middle; }
.dots i { inline-size: 7px; block-size: 7px; border-radius: 50%; background: var(--muted); opacity: .5; }
.ctas { display: flex; flex-wrap: wrap; gap: 8px; margin-block: 0 10px; }
.cta { display: inline-flex; align-items: center; gap: 8px; min-block-size: 44px; padding: 6px 16px; border-radius: 22px; font-weight: 500; font-size: 14.5px; line-height: 1.3; text-align: start; text-decoration: none;
  color: var(--accent); border: 1.5px solid color-mix(in srgb, var(--accent) 32%, transparent); background: var(--bg); unicode-bidi: plaintext; max-inline-size: 100%; }
.cta svg { inline-size: 16px; block-size: 16px; opacity: .85; }
.cta.back { padding-inline: 12px 14px; color: var(--muted); border-color: transparent; background: var(--soft); }
.failure { display: flex; flex-direction: column; align-items: flex-start; gap: 2px; padding: 12px 14px 4px; margin-block-end: 12px; border: 1px solid var(--line); border-radius: 14px; font-size: 14px; }
.failure > div { display: flex; gap: 10px; max-inline-size: 100%; }
.failure > div > div { min-inline-size: 0; overflow-wrap: anywhere; }
.failure > div > svg { flex: none; color: var(--bad); margin-block-start: 1px; }
.failure p { margin: 0 0 2px; color: var(--muted); }
.failure p a { color: var(--accent); font-weight: 600; margin-inline-end: 10px; }
.failure .plain { padding: 0; margin-inline-start: 30px; }

.foot { padding: 10px 12px 12px; background: var(--bg); }
.team { margin: 0; font-size: 13px; color: var(--muted); unicode-bidi: plaintext; }
.team:not(:empty) { display: flex; align-items: center; gap: 8px; padding: 0 8px 8px; }
.team:not(:empty)::before { content: ""; flex: none; inline-size: 8px; block-size: 8px; border-radius: 50%; border: 2px solid var(--edge); }
.team.here::before { border-color: var(--accent); background: var(--accent); }
.composer { display: flex; align-items: flex-end; gap: 4px; padding: 3px; border: 1px solid var(--edge); border-radius: 25px; background: var(--bg); }
.composer:focus-within { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
textarea { flex: 1; min-inline-size: 0; block-size: 44px; max-block-size: 132px; padding: 10px 4px 10px 15px; padding-inline: 15px 4px; font-size: 16px; line-height: 24px; resize: none; border: 0; background: none; }
textarea:focus-visible { outline: none; }
::placeholder { color: var(--muted); opacity: 1; }
.send { inline-size: 44px; block-size: 44px; padding: 0; border-radius: 50%; display: grid; place-items: center; color: var(--on-primary); background: var(--primary); flex: none; }
.send[aria-disabled="true"] { background: var(--soft); color: var(--muted); cursor: default; }
.send.busy svg { fill: currentColor; }
.counter { margin: 4px 8px 0; font-size: 12.5px; color: var(--muted); text-align: end; }
[dir="rtl"] .flip { transform: scaleX(-1); }

@media (hover: hover) {
  .icon:hover { background: color-mix(in srgb, currentColor 13%, transparent); }
  .cta:hover { background: color-mix(in srgb, var(--accent) 8%, var(--bg)); border-color: var(--accent); }
  .plain:not(:disabled):hover { text-decoration: underline; text-underline-offset: 3px; }
  .launcher:hover, .send:not([aria-disabled="true"]):hover { background: color-mix(in srgb, var(--primary) 90%, #000); }
}
@media (max-width: 479px), (max-height: 419px) {
  .panel, .left .panel { inset: 0; top: var(--top, 0px); bottom: auto; inline-size: 100%; max-inline-size: none; block-size: var(--height, 100dvh); border: 0; border-radius: 0; }
  .head { padding-block-start: calc(10px + env(safe-area-inset-top)); padding-block-end: 10px; }
  .foot { padding-block-end: calc(10px + env(safe-area-inset-bottom)); }
  .open .launcher { display: none; }
}
@media (prefers-reduced-motion: no-preference) {
  .panel { transition: opacity .18s ease-out, transform .18s cubic-bezier(.2, .8, .3, 1), display .18s allow-discrete; }
  .panel[hidden] { opacity: 0; transform: translateY(10px) scale(.98); }
  @starting-style { .panel:not([hidden]) { opacity: 0; transform: translateY(10px) scale(.98); } }
  .launcher, .launcher svg, .cta, .icon, .send { transition: background-color .15s, border-color .15s, opacity .15s, transform .2s; }
  .launcher:active, .send:active { transform: scale(.94); }
  .launcher { animation: rise .25s ease-out; }
  .msg, .ctas, .failure { animation: rise .2s ease-out; }
  .msg.settled { animation: none; }
  .dots i { animation: pulse 1.2s infinite ease-in-out; }
  .dots i:nth-child(2) { animation-delay: .15s; }
  .dots i:nth-child(3) { animation-delay: .3s; }
}
@keyframes rise { from { opacity: 0; transform: translateY(6px); } }
@keyframes pulse { 30% { opacity: 1; transform: translateY(-3px); } 60% { opacity: .5; transform: none; } }
@media (forced-colors: active) {
  .panel, .bubble, .launcher, .send, .head { border: 1px solid CanvasText; }
  .cta, .composer { border-color: ButtonText; }
  .dots i { background: CanvasText; }
}
`;

/** @typedef {Record<string, any>} Props Attributes; a function under "onX" is a listener; null and false are left out. */

/** Builds an element. @param {string} tag @param {Props} [props] @param {...(Node|string|null)} children @returns {any} */
function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(.../** @type {(Node|string)[]} */ (children.filter((child) => child !== null)));
  return element;
}

function icon(/** @type {keyof typeof ICONS} */ image, flips = false) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const attributes = { viewBox: "0 0 24 24", "aria-hidden": "true", class: flips ? "flip" : "" };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  path.setAttribute("d", ICONS[image]);
  svg.append(path);
  return svg;
}

/** Relative luminance (WCAG) of a #rrggbb colour. */
function luminance(/** @type {string} */ hex) {
  const channels = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG contrast of two #rrggbb colours. */
function contrast(/** @type {string} */ one, /** @type {string} */ two) {
  const [low, high] = [luminance(one), luminance(two)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const isColor = (/** @type {string} */ value) => Boolean(value) && CSS.supports("color", value);

/** Enter in a field, but not the Enter that ends an input method's composition. */
function isPlainEnter(/** @type {KeyboardEvent} */ event) {
  return event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
}

/** @typedef {{submit:(text:string)=>void, stop:()=>void, toggle:()=>void, close:()=>void, reset:()=>void, retry:()=>void,
 *  confirm:(on:boolean)=>void, cta:(cta:Cta)=>void, back:()=>void,
 *  rate:(message:Message, rating:"up"|"down", comment?:string)=>void}} Actions */

const RTL = ["ar", "fa", "he", "ur"];

/** Changes a live region, and only if it changes: else some screen readers say it again. */
function say(/** @type {HTMLElement} */ region, /** @type {string} */ text) {
  if (region.textContent !== text) region.textContent = text;
}

const stopPropagation = (/** @type {Event} */ event) => event.stopPropagation();

/** Draws a state into the shadow root. Holds no state but what is on the screen. */
class View {
  /** @param {ShadowRoot} root @param {Actions} actions @param {typeof WORDS.en} words @param {string} locale */
  constructor(root, actions, words, locale) {
    this.root = root;
    this.actions = actions;
    this.words = words;
    this.shown = INITIAL;
    /** @type {Map<string, {node:any, message:Message, tools:any}>} */
    this.messages = new Map();
    const rtl = RTL.includes(language(locale)) || getComputedStyle(document.documentElement).direction === "rtl";
    const lang = words === WORDS.en ? "en" : language(locale);
    this.unread = h("span", { class: "sr", role: "status" });
    this.frame = h("div", { class: "cw", dir: rtl ? "rtl" : "ltr", lang }, this.buildPanel(), this.buildLauncher(), this.unread);
    this.frame.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.onKey(event));
    // The page sees its own element as the target of keys typed here, and would run its shortcuts.
    for (const type of ["keydown", "keypress", "keyup"]) this.frame.addEventListener(type, stopPropagation);
    root.append(this.frame);
    const viewport = window.visualViewport;
    if (viewport) for (const type of ["resize", "scroll"]) viewport.addEventListener(type, () => this.fit());
  }

  buildLauncher() {
    this.launcher = h("button", { class: "launcher", type: "button", onclick: this.actions.toggle }, icon("chat"), icon("down"));
    return this.launcher;
  }

  buildPanel() {
    const { words } = this;
    this.banner = h("p", { class: "strip", role: "status" });
    this.log = h("div", { role: "log", "aria-live": "polite", "aria-label": words.log });
    // Not read out while it grows; the finished answer is, once, when it joins the log.
    this.draft = h("div", { class: "msg settled", "aria-hidden": "true", "aria-busy": "true", inert: true, hidden: true },
      h("div", { class: "bubble", dir: "auto" }));
    this.typing = h("div", { class: "sr", role: "status" });
    this.failure = h("div", { hidden: true });
    this.ctas = h("div", { class: "ctas", role: "group", "aria-label": words.options, hidden: true });
    this.scroll = h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": words.log },
      this.log, this.draft, this.typing, this.failure, this.ctas);
    this.panel = h("section", { class: "panel", role: "dialog", "aria-label": words.title, tabindex: "-1", hidden: true },
      this.buildHead(), this.banner, this.buildConfirm(), this.scroll, this.buildComposer());
    return this.panel;
  }

  buildHead() {
    const { words, actions } = this;
    const onerror = () => { this.logo.hidden = true; };
    this.logo = h("img", { class: "logo", alt: "", referrerpolicy: "no-referrer", hidden: true, onerror });
    this.title = h("bdi", {}, words.title);
    this.restart = this.iconButton("restart", words.restart, () => actions.confirm(!this.shown.confirming));
    const name = h("div", { class: "name" }, h("b", {}, this.title), h("span", {}, words.subtitle));
    return h("header", { class: "head" }, this.logo, name, this.restart, this.iconButton("close", words.close, actions.close));
  }

  buildConfirm() {
    const { words, actions } = this;
    this.confirm = h("div", { class: "strip", role: "alertdialog", "aria-label": words.confirm, hidden: true },
      h("span", {}, words.confirm),
      h("button", { class: "plain", type: "button", onclick: () => actions.confirm(false) }, words.cancel),
      h("button", { class: "plain danger", type: "button", onclick: actions.reset }, words.restart));
    return this.confirm;
  }

  buildComposer() {
    const { words } = this;
    const onkeydown = (/** @type {KeyboardEvent} */ event) => {
      if (!isPlainEnter(event)) return;
      event.preventDefault();
      if (!isBusy(this.shown)) this.submit();
    };
    this.input = h("textarea", { id: "message", rows: "1", maxlength: MAX_LENGTH, placeholder: words.placeholder, dir: "auto",
      enterkeyhint: "send", autocomplete: "off", oninput: () => this.onInput(), onkeydown });
    const onclick = () => (isBusy(this.shown) ? this.actions.stop() : this.submit());
    this.button = h("button", { class: "send", type: "button", onclick });
    this.counter = h("div", { class: "counter", hidden: true });
    this.team = h("p", { class: "team", role: "status" });
    return h("div", { class: "foot" }, this.team, h("label", { class: "sr", for: "message" }, words.label),
      h("div", { class: "composer" }, this.input, this.button), this.counter);
  }

  /** @param {keyof typeof ICONS} image @param {string} label @param {() => void} onclick @param {Props} [props] */
  iconButton(image, label, onclick, props = {}) {
    return h("button", { class: "icon", type: "button", "aria-label": label, title: label, onclick, ...props }, icon(image));
  }

  render(/** @type {State} */ state) {
    const before = this.shown;
    const last = state.messages[state.messages.length - 1];
    const grows = state.messages.length !== before.messages.length && !(last && last.person); // who reads on is let read on
    const follows = this.isAtEnd() || grows || state.open !== before.open;
    this.shown = state;
    if (state.config && state.config !== before.config) this.brand(state.config);
    this.frame.classList.toggle("open", state.open);
    this.panel.hidden = !state.open;
    this.launcher.setAttribute("aria-expanded", String(state.open));
    this.banner.textContent = state.offline ? this.words.offline : "";
    this.banner.hidden = !state.offline;
    this.renderUnread(state);
    this.renderTeam(state.handoff);
    this.renderConfirm(state, before);
    this.renderLog(state.messages.filter((message) => !isQuiet(message)));
    this.renderDraft(state);
    if (state.failure !== before.failure) this.renderFailure(state.failure, state.config);
    this.renderCtas(state);
    this.renderButton(isBusy(state));
    if (state.open !== before.open) this.fit();
    if (follows) this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  brand(/** @type {Config} */ config) {
    const { primary_color: primary = "", text_color: text = "", title, logo_url: logo, position } = config.branding || {};
    const hex = /^#[0-9a-f]{6}$/i;
    if (isColor(primary)) this.frame.style.setProperty("--primary", primary);
    const legible = !hex.test(primary) || (hex.test(text) && contrast(primary, text) >= 4.5);
    const best = legible ? text : ["#ffffff", "#111318"].sort((a, b) => contrast(primary, b) - contrast(primary, a))[0];
    if (isColor(best)) this.frame.style.setProperty("--on-primary", best);
    this.frame.classList.toggle("left", position === "bottom-left");
    this.title.textContent = title || config.name || this.words.title;
    this.panel.setAttribute("aria-label", this.title.textContent);
    const url = safeUrl(logo);
    this.logo.hidden = !url;
    if (url) this.logo.src = url.href;
  }

  /** The mark is in the launcher's name, and said once: the log is not read out while it is hidden. */
  renderUnread(/** @type {State} */ { open, unread }) {
    const { words } = this;
    this.frame.classList.toggle("unread", unread);
    this.launcher.setAttribute("aria-label", open ? words.close : unread ? `${words.open}: ${words.unread}` : words.open);
    say(this.unread, unread ? words.unread : "");
  }

  /** Nothing is promised when the team could not be told. */
  renderTeam(/** @type {Handoff|null} */ handoff) {
    const status = handoff ? handoff.status : "unreachable";
    this.team.classList.toggle("here", status === "with_person");
    say(this.team, status === "with_person" ? this.words.here : status === "unreachable" ? "" : this.words.told);
  }

  renderConfirm(/** @type {State} */ state, /** @type {State} */ before) {
    if (state.confirming === before.confirming) return;
    const leaving = this.confirm.contains(this.root.activeElement);
    this.confirm.hidden = !state.confirming;
    if (state.confirming) this.confirm.querySelector("button").focus();
    else if (leaving) this.restart.focus();
  }

  renderLog(/** @type {Message[]} */ messages) {
    const keys = new Set(messages.map((message) => message.key));
    this.messages.forEach(({ node }, key) => { if (!keys.has(key)) { node.remove(); this.messages.delete(key); } });
    messages.forEach((message, index) => {
      const entry = this.messages.get(message.key) || this.buildMessage(message);
      if (this.log.children[index] !== entry.node) this.log.insertBefore(entry.node, this.log.children[index] || null);
      if (entry.message !== message) this.updateMessage(entry, message);
    });
  }

  buildMessage(/** @type {Message} */ message) {
    const { words } = this;
    const own = message.role === "user";
    const body = own ? message.text : safeHtml(message.html || message.text);
    const name = own ? words.you : words.assistant;
    const who = message.person ? h("span", { class: "who" }, words.team) : h("span", { class: "sr" }, name);
    const node = h("div", { class: own ? "msg user" : "msg settled" }, who, h("div", { class: "bubble", dir: "auto" }, body),
      h("small", { class: "note", hidden: true }), this.buildSources(message.citations || []));
    const tools = message.rateable ? this.buildTools(message) : null;
    if (tools) node.append(tools);
    const entry = { node, tools, message: /** @type {any} */ (null) };
    this.messages.set(message.key, entry);
    return entry;
  }

  buildSources(/** @type {Citation[]} */ citations) {
    const items = citations.flatMap(({ n, title, url }) => {
      const target = safeUrl(url);
      return target ? [h("li", {}, link(target, {}, h("i", {}, String(n)), h("span", {}, title)))] : [];
    });
    return items.length ? h("div", { class: "sources" }, h("b", {}, this.words.sources), h("ol", {}, ...items)) : null;
  }

  buildTools(/** @type {Message} */ message) {
    const { words } = this;
    const input = h("input", { type: "text", maxlength: "500", placeholder: words.why, "aria-label": words.why, dir: "auto" });
    const send = () => {
      const comment = input.value.trim();
      if (!comment) return;
      this.actions.rate(message, "down", comment);
      this.input.focus();
    };
    input.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => { if (isPlainEnter(event)) send(); });
    const rate = (/** @type {"up"|"down"} */ rating) => {
      this.actions.rate(message, rating);
      if (rating === "down") input.focus();
    };
    const thumb = (/** @type {"up"|"down"} */ rating) => (
      this.iconButton("up", words[rating], () => rate(rating), { class: `icon ${rating}`, "data-rating": rating }));
    return h("div", { class: "tools", "aria-live": "off" }, h("div", { class: "thumbs" }, thumb("up"), thumb("down")),
      h("div", { class: "why", hidden: true }, input, h("button", { class: "plain", type: "button", onclick: send }, words.send)),
      h("p", { class: "note", role: "status" }));
  }

  updateMessage(/** @type {{node:any, message:Message, tools:any}} */ entry, /** @type {Message} */ message) {
    entry.message = message;
    const note = entry.node.querySelector("small");
    note.textContent = message.note && message.note !== "sending" ? this.words[message.note] : "";
    note.hidden = !note.textContent;
    note.classList.toggle("failed", message.note === "failed");
    if (!entry.tools) return;
    for (const thumb of entry.tools.querySelectorAll("[data-rating]")) {
      thumb.setAttribute("aria-pressed", String(thumb.dataset.rating === message.rating));
    }
    entry.tools.querySelector(".why").hidden = message.rating !== "down" || Boolean(message.commented);
    entry.tools.querySelector(".note").textContent = message.rating === "up" || message.commented ? this.words.thanks : "";
  }

  renderDraft(/** @type {State} */ { draft, handoff }) {
    const quiet = handoff && handoff.status === "with_person" && draft && !draft.html; // the assistant is not about to speak
    this.draft.hidden = !draft || quiet;
    this.typing.textContent = draft && !quiet ? this.words.typing : "";
    if (!draft || !draft.html) this.draft.firstChild.replaceChildren(h("span", { class: "dots" }, h("i"), h("i"), h("i")));
    else if (!this.painting) this.painting = requestAnimationFrame(() => this.paintDraft());
  }

  /** Tokens come faster than frames: each frame shows all that is there. */
  paintDraft() {
    const { draft } = this.shown;
    const follows = this.isAtEnd();
    this.painting = 0;
    if (draft && draft.html) this.draft.firstChild.replaceChildren(safeHtml(draft.html));
    if (follows) this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  renderFailure(/** @type {Failure|null} */ failure, /** @type {Config|null} */ config) {
    const { words } = this;
    clearInterval(this.ticking);
    this.failure.hidden = !failure;
    this.failure.className = failure ? "failure" : "";
    if (!failure) return this.failure.replaceChildren();
    const retry = h("button", { class: "plain", type: "button", onclick: this.actions.retry });
    const tick = () => {
      const seconds = Math.ceil((failure.retryAt - Date.now()) / 1000);
      retry.disabled = seconds > 0;
      retry.textContent = seconds > 0 ? words.wait.replace("{n}", String(seconds)) : words.retry;
      if (seconds <= 0) clearInterval(this.ticking);
    };
    const reason = h("div", { role: "alert", dir: "auto" }, failure.detail || words[failure.kind]);
    this.failure.replaceChildren(h("div", {}, icon("alert"), h("div", {}, reason, this.buildContact(config))), retry);
    this.ticking = setInterval(tick, 1000);
    tick();
  }

  /** Another way to the business, for when the chat fails. */
  buildContact(/** @type {Config|null} */ config) {
    const { phone, email } = (config && config.contact) || {};
    const call = safeUrl(phone && `tel:${phone.replace(/[^+\d]/g, "")}`);
    const write = safeUrl(email && `mailto:${email}`);
    if (!call && !write) return null;
    return h("p", {}, `${this.words.contact} `, call && link(call, {}, phone || ""), write && link(write, {}, email || ""));
  }

  renderCtas(/** @type {State} */ state) {
    const ctas = visibleCtas(state);
    const signature = JSON.stringify([state.messages.length, state.menu, ctas]);
    if (signature === this.ctaSignature) return;
    this.ctaSignature = signature;
    const focused = this.ctas.contains(this.root.activeElement);
    const back = () => h("button", { class: "cta back", type: "button", onclick: this.actions.back }, icon("back", true), this.words.back);
    this.ctas.hidden = !ctas.length;
    this.ctas.replaceChildren(...(state.menu.length ? [back()] : []), ...ctas.map((cta) => this.buildCta(cta)));
    const next = this.ctas.querySelector(state.menu.length ? ".cta:not(.back)" : ".cta");
    if (focused && next) next.focus();
    else if (focused) this.focusPanel();
  }

  buildCta(/** @type {Cta} */ cta) {
    const onclick = () => this.actions.cta(cta);
    const { kind, label, url: address } = cta;
    if (kind === "message" || kind === "menu") {
      return h("button", { class: "cta", type: "button", onclick }, label, kind === "menu" ? icon("menu", true) : null);
    }
    const scheme = { link: "", phone: "tel:", email: "mailto:" }[kind];
    const url = safeUrl(address && scheme && !address.startsWith(scheme) ? scheme + address : address);
    if (!url) return "";
    if (kind !== "link") return link(url, { class: "cta", onclick, target: null }, icon(kind), label);
    const stays = url.origin === location.origin;
    return link(url, { class: "cta", onclick, target: stays ? null : "_blank" }, label, stays ? "" : icon("link"));
  }

  renderButton(/** @type {boolean} */ busy) {
    this.button.setAttribute("aria-disabled", String(!busy && !this.input.value.trim()));
    if (this.button.classList.contains("busy") === busy && this.button.firstChild) return;
    this.button.classList.toggle("busy", busy);
    this.button.setAttribute("aria-label", busy ? this.words.stop : this.words.send);
    this.button.replaceChildren(icon(busy ? "stop" : "send"));
  }

  onInput() {
    this.input.style.setProperty("height", "auto");
    this.input.style.setProperty("height", `${Math.max(44, Math.min(132, this.input.scrollHeight))}px`);
    const length = this.input.value.length;
    this.counter.hidden = length < MAX_LENGTH * 0.9;
    this.counter.textContent = `${length} / ${MAX_LENGTH}`;
    this.renderButton(isBusy(this.shown));
  }

  submit() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.onInput();
    this.actions.submit(text);
    this.input.focus();
  }

  onKey(/** @type {KeyboardEvent} */ event) {
    if (event.key !== "Escape" || event.isComposing || !this.shown.open) return;
    event.preventDefault();
    if (this.shown.confirming) this.actions.confirm(false);
    else this.actions.close();
  }

  /** On phones the keyboard shrinks only the visual viewport; the panel follows it. */
  fit() {
    const viewport = window.visualViewport;
    if (!viewport || !this.shown.open || viewport.scale > 1.01) return;
    this.frame.style.setProperty("--height", `${viewport.height}px`);
    this.frame.style.setProperty("--top", `${viewport.offsetTop}px`);
  }

  isAtEnd() { return this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 60; }
  hasFocus() { return this.panel.contains(this.root.activeElement); }

  /** Where a touch keyboard would hide the greeting, the panel takes the focus. */
  focusPanel() { (matchMedia("(pointer: coarse)").matches ? this.panel : this.input).focus({ preventScroll: true }); }
}

// ---------------------------------------------------------------- controller

/**
 * The messages of GET /session. What answers no question is the greeting, which comes first, or a person's.
 * @param {Entry[]} entries @returns {Message[]}
 */
function fromHistory(entries) {
  const questions = new Set(entries.filter((entry) => entry.role === "user").map((entry) => entry.message_id));
  return entries.map(({ role, html, text, message_id }, index) => {
    const id = message_id || String(index);
    const own = role === "user";
    const rateable = !own && Boolean(message_id) && questions.has(message_id);
    const person = !own && !rateable && index > 0;
    return { key: `${role[0]}:${id}`, id, role, text, html, rateable, person, ctas: person ? [] : undefined };
  });
}

/**
 * What a person wrote that is not shown yet. What is older than all that is shown was forgotten, not missed.
 * @param {Entry[]} entries @param {Message[]} shown @returns {Message[]}
 */
function newFromPerson(entries, shown) {
  const known = new Set(shown.map((message) => message.id));
  const history = fromHistory(entries);
  const recent = history.slice(history.findIndex((message) => known.has(message.id)) + 1);
  const fresh = recent.filter((message) => message.role === "assistant" && !message.rateable && !known.has(message.id));
  return fresh.map((message) => ({ ...message, person: true, ctas: [] }));
}

/** One conversation on one page: turns the visitor's actions into calls, and their results into state. */
class Chat {
  /** @param {{base:string, business:string, locale?:string, user?:string, hash?:string, open:boolean}} settings @param {ShadowRoot} root */
  constructor(settings, root) {
    this.settings = settings;
    this.root = root;
    this.api = new Api(settings.base, settings.business);
    this.store = new Store(`chatbot:${settings.base}:${settings.business}`);
    this.state = { ...INITIAL, offline: !navigator.onLine };
    this.user = settings.user;
    this.hash = settings.hash;
    this.session = "";
    this.token = "";
    this.polled = 0;
    this.misses = 0;
    this.abort = new AbortController();
    this.turn = Promise.resolve();
    for (const type of ["online", "offline"]) window.addEventListener(type, () => this.onConnection());
    window.addEventListener("storage", (event) => this.onOtherTab(event));
    document.addEventListener("visibilitychange", () => this.watch());
    window.addEventListener("pagehide", () => { this.away = new Promise((back) => addEventListener("pageshow", back, { once: true })); });
  }

  dispatch(/** @type {Action} */ action) {
    const { open, handoff } = this.state;
    this.state = reduce(this.state, action);
    if (this.view) this.view.render(this.state);
    if (this.session && action.type !== "delta") this.save();
    if (this.state.open !== open || this.state.handoff !== handoff) this.watch();
  }

  save() {
    const { messages, open, handoff, unread } = this.state;
    const kept = { messages: messages.slice(-KEPT_MESSAGES), open, handoff, unread, user: this.user, saved: Date.now() };
    this.store.save({ session_id: this.session, session_token: this.token, ...kept });
  }

  /** The stored conversation, unless it is another user's: who signs in goes on with what was said before. */
  stored() {
    const record = this.store.load();
    return record && (!record.user || record.user === this.user) ? record : null;
  }

  /**
   * A link the assistant texted during a phone call goes on with that conversation here. The token leaves the address
   * at once: it must not be bookmarked, shared or seen by the page's own scripts later.
   */
  follow() {
    const told = new URLSearchParams(location.hash.slice(1));
    const [session, token] = [told.get("chat_session"), told.get("chat_token")];
    if (!session || !token) return false;
    for (const name of ["chat_session", "chat_token"]) told.delete(name);
    history.replaceState(history.state, "", `${location.pathname}${location.search}${told.size ? `#${told}` : ""}`);
    this.store.save({ session_id: session, session_token: token, messages: [], open: true, saved: Date.now(), user: this.user });
    return true;
  }

  /** Draws the launcher, in the business's colours if they can be had. */
  mount() {
    this.mounting = this.mounting || (async () => {
      await this.configure();
      this.locale = pickLocale(this.settings.locale, this.state.config);
      const words = WORDS[/** @type {keyof typeof WORDS} */ (language(this.locale))] || WORDS.en;
      this.view = new View(this.root, this.actions(), words, this.locale);
      this.view.render(this.state);
    })();
    return this.mounting;
  }

  async configure() {
    try {
      this.dispatch({ type: "configured", config: await this.api.config() });
    } catch (_) { /* default colours; asked again on open */ }
  }

  /** @returns {Actions} */
  actions() {
    return {
      submit: (text) => this.ask(text),
      stop: () => this.abort.abort(),
      toggle: () => this.toggle(),
      close: () => this.close(),
      reset: () => this.reset(),
      retry: () => this.retry(),
      confirm: (confirming) => this.dispatch({ type: "confirming", confirming }),
      cta: (cta) => this.choose(cta),
      back: () => this.dispatch({ type: "menu", path: this.state.menu.slice(0, -1) }),
      rate: (message, rating, comment) => this.rate(message, rating, comment),
    };
  }

  async open({ focus = true } = {}) {
    await this.mount();
    if (this.state.open || !this.view) return this.ready;
    if (!this.ready) this.ready = this.begin();
    this.dispatch({ type: "opened" });
    if (focus) this.view.focusPanel();
    this.api.event({ session_id: this.session, type: "widget_opened" });
    return this.ready;
  }

  close() {
    const focused = this.view && this.view.hasFocus();
    this.dispatch({ type: "closed" });
    if (this.view && focused) this.view.launcher.focus();
  }

  toggle() { return this.state.open ? this.close() : this.open(); }

  /** Says something in the visitor's name, after what is under way. */
  async send(/** @type {string} */ text) {
    await this.open();
    await this.turn;
    const message = String(text).trim().slice(0, MAX_LENGTH);
    if (message) await this.ask(message);
  }

  /** Erases the conversation here and on the server, and starts a new one. */
  async reset() {
    await this.mount();
    this.abort.abort();
    const record = this.session ? { session_id: this.session, session_token: this.token } : this.stored();
    if (record && record.session_token) this.api.erase(record.session_id, record.session_token);
    this.renew();
    if (this.view && this.state.open) this.view.focusPanel();
  }

  /** Forgets the conversation in this browser, and starts a new one if the visitor is looking. */
  renew() {
    this.abort.abort();
    this.store.clear();
    this.session = this.state.open ? uuid() : "";
    this.token = "";
    this.dispatch({ type: "reset" });
    this.ready = this.state.open ? this.greet() : undefined;
  }

  /** Says who the visitor is. Who signs in goes on with the conversation; another user, or nobody, begins a new one. */
  identify(/** @type {string|undefined} */ user, /** @type {string|undefined} */ hash) {
    const before = this.session ? this.user : (this.store.load() || {}).user;
    this.user = user ? String(user) : undefined;
    this.hash = hash;
    if (before && before !== this.user) this.renew();
    else if (this.session) this.save();
    else this.resume();
  }

  /** On a new page: goes on waiting for a person. */
  resume() {
    const record = this.stored();
    if (record && record.handoff && !this.ready) this.ready = this.begin();
  }

  /** Picks up the stored conversation, or starts one. The session's id is there when this returns its promise. */
  async begin() {
    const record = this.stored();
    const { handoff, unread } = record || {};
    this.session = (record && record.session_id) || uuid();
    this.token = (record && record.session_token) || "";
    if (record && record.messages.length) {
      this.dispatch({ type: "restored", messages: record.messages, handoff, unread });
      return this.state.config ? undefined : this.configure();
    }
    const messages = this.token ? await this.fetchMessages() : [];
    if (messages.length) return this.dispatch({ type: "restored", messages, handoff, unread });
    return this.greet();
  }

  /** The conversation as the server has it; empty when it can't be had. @returns {Promise<Message[]>} */
  async fetchMessages() {
    try {
      const { messages } = await (await this.api.session(this.session, this.token)).json();
      return fromHistory(messages).slice(-KEPT_MESSAGES);
    } catch (_) { return []; }
  }

  /** The greeting and the root buttons: from the server, or from the configuration when the server can't answer. */
  async greet() {
    if (!this.state.config) await this.configure();
    const { config } = this.state;
    const spare = config && config.greeting ? { reply: config.greeting, ctas: config.ctas } : undefined;
    await this.run(uuid(), (config && config.intro_token) || "__intro__", undefined, spare);
  }

  ask(/** @type {string} */ text, wire = text) {
    if (isBusy(this.state)) return this.turn;
    const id = uuid();
    return this.run(id, wire, { key: `u:${id}`, id, role: "user", text, wire, note: "sending" });
  }

  /** The same message under the same id: the server does nothing twice. */
  retry() {
    const { failure, messages } = this.state;
    if (!failure || failure.retryAt > Date.now()) return undefined;
    const message = messages.find((m) => m.id === failure.id && m.role === "user");
    return message ? this.run(message.id, message.wire || message.text, message) : this.greet();
  }

  /** @param {string} id @param {string} wire @param {Message} [message] @param {Answer} [spare] */
  run(id, wire, message, spare) {
    this.turn = this.exchange(id, wire, message, spare);
    return this.turn;
  }

  /**
   * One turn: `wire` goes out, `message` is what the visitor sees of it, `spare` the answer to give when none can be had.
   * @param {string} id @param {string} wire @param {Message} [message] @param {Answer} [spare]
   */
  async exchange(id, wire, message, spare) {
    const abort = this.abort = new AbortController();
    const session = this.session;
    const isStale = () => this.abort !== abort || this.session !== session;
    const waited = Boolean(this.state.handoff);
    this.dispatch({ type: "asked", id, message });
    try {
      const answer = await this.api.chat(this.body(id, wire), this.token, abort.signal, {
        start: (data) => { if (!isStale()) this.token = data.session_token || this.token; },
        delta: (html) => { if (!isStale() && !abort.signal.aborted) this.dispatch({ type: "delta", html }); },
      });
      if (isStale()) return;
      this.token = answer.session_token || this.token;
      this.dispatch({ type: "answered", id, answer, rateable: Boolean(message), at: Date.now() });
      if (waited && !this.state.handoff) this.poll(); // for a goodbye
    } catch (error) {
      await this.away; // a call that ends with its page has not failed: the next page offers the question again
      if (isStale()) return;
      if (abort.signal.aborted) return this.dispatch({ type: "stopped" });
      if (spare) return this.dispatch({ type: "answered", id, answer: spare, rateable: false, at: Date.now() });
      const { kind, detail, retryAfter } = asProblem(error);
      this.dispatch({ type: "failed", id, kind, detail, retryAt: retryAfter ? Date.now() + retryAfter * 1000 : 0 });
    }
  }

  body(/** @type {string} */ id, /** @type {string} */ message) {
    const page = { url: location.href.split("#")[0], title: document.title };
    const user = this.user ? { user_id: this.user, user_hash: this.hash } : {};
    return { session_id: this.session, ...user, message, message_id: id, page, locale: this.locale };
  }

  /** Sees to it that a person's words are asked for when they are due, while a person may write and the visitor can read. */
  watch() {
    clearTimeout(this.timer);
    const { handoff, open } = this.state;
    if (!handoff || !this.token || this.polling || document.hidden) return;
    if (Date.now() - handoff.at > WATCH_ENDS_MS) return this.dispatch({ type: "released" });
    const pause = Math.min((open ? WATCH_OPEN_MS : WATCH_CLOSED_MS) * 2 ** this.misses, WATCH_BACKOFF_MS);
    this.timer = setTimeout(() => this.poll(), Math.max(0, this.polled + pause - Date.now()));
  }

  /** Asks once. Any failure may pass: a server that has lost its store does not know the session for a while. */
  async poll() {
    if (this.polling) return;
    const { session } = this;
    this.polling = true;
    try {
      const history = await (await this.api.session(session, this.token)).json();
      const messages = session === this.session ? newFromPerson(history.messages, this.state.messages) : [];
      this.misses = 0;
      this.polled = Date.now();
      if (messages.length) this.dispatch({ type: "heard", messages, at: this.polled });
    } catch (error) {
      this.misses += 1;
      this.polled = Date.now() + asProblem(error).retryAfter * 1000;
    }
    this.polling = false;
    this.watch();
  }

  choose(/** @type {Cta} */ cta) {
    const last = this.state.messages[this.state.messages.length - 1];
    this.api.event({ session_id: this.session, type: "cta_clicked", cta_id: cta.id, message_id: last && last.id });
    if (cta.kind === "menu") this.dispatch({ type: "menu", path: [...this.state.menu, cta.id] });
    if (cta.kind === "message") this.ask(cta.label, cta.message || cta.label);
  }

  rate(/** @type {Message} */ { id }, /** @type {"up"|"down"} */ rating, /** @type {string} */ comment = undefined) {
    this.dispatch({ type: "rated", id, rating, commented: Boolean(comment) });
    this.api.feedback(this.token, { session_id: this.session, message_id: id, rating, comment });
  }

  /** What could not be sent goes out when the connection is back. */
  onConnection() {
    this.dispatch({ type: "offline", offline: !navigator.onLine });
    this.misses = 0;
    this.watch();
    if (navigator.onLine && this.state.failure && this.state.failure.kind === "network") this.retry();
  }

  /** Another tab of the same site went on with the conversation. */
  onOtherTab(/** @type {StorageEvent} */ event) {
    if (event.key !== this.store.key || !this.session || isBusy(this.state)) return;
    const record = this.stored();
    if (!record || record.user !== this.user) return;
    const { messages, handoff, unread } = record;
    this.session = record.session_id;
    this.token = record.session_token;
    this.state = reduce(this.state, { type: "restored", messages, handoff, unread });
    if (this.view) this.view.render(this.state);
    this.watch();
  }
}

// ---------------------------------------------------------------- the element, and the page's handle on it

/** Runs when the page has loaded and has nothing better to do. */
function whenIdle(/** @type {() => void} */ task) {
  const later = () => (window.requestIdleCallback ? requestIdleCallback(task, { timeout: 2000 }) : setTimeout(task, 200));
  if (document.readyState === "complete") later();
  else window.addEventListener("load", later, { once: true });
}

function install() {
  const found = document.currentScript || document.querySelector("script[data-business-id]");
  const script = /** @type {HTMLScriptElement|null} */ (found);
  const { businessId, open, locale, userId, userHash } = (script && script.dataset) || {};
  if (!script || !businessId || customElements.get("chatbot-widget")) return;
  const base = new URL(".", script.src).href.replace(/\/$/, "");
  const settings = { base, business: businessId, locale, user: userId, hash: userHash, open: open === "true" };
  /** @type {Chat|undefined} */
  let chat;
  customElements.define("chatbot-widget", class extends HTMLElement {
    constructor() {
      super();
      const root = this.attachShadow({ mode: "closed" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLES);
      root.adoptedStyleSheets = [sheet];
      chat = chat || new Chat(settings, root);
    }
  });
  const element = document.createElement("chatbot-widget");
  const started = /** @type {Chat} */ (chat);
  const attach = () => { if (!element.isConnected && document.body) document.body.append(element); };
  const page = /** @type {any} */ (window);
  page.ChatbotWidget = Object.freeze({
    version: VERSION,
    open: () => { attach(); return started.open(); },
    close: () => started.close(),
    toggle: () => { attach(); return started.toggle(); },
    send: (/** @type {string} */ text) => { attach(); return started.send(text); },
    reset: () => { attach(); return started.reset(); },
    identify: (/** @type {string|undefined} */ user, /** @type {string|undefined} */ hash) => started.identify(user, hash),
  });
  const followed = started.follow();
  whenIdle(async () => {
    attach();
    await started.mount();
    if (followed) return started.open({ focus: false });
    const record = started.stored();
    started.resume();
    if (settings.open && (!record || record.open)) started.open({ focus: false });
  });
}

install();
})();
