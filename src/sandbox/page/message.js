// One message of a chat as elements. Text goes in as text; the server's markup is rebuilt from a short list of tags.

const PLAIN = new Set(["B", "STRONG", "I", "EM", "U", "INS", "S", "DEL", "PRE", "BLOCKQUOTE", "BR", "CODE", "SPAN", "TIME", "A"]);

/** A link into a private channel or group: the sandbox has its own. */
const INVITATION = /^https:\/\/t\.me\/\+/i;

/** Makes an element. */
export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function clock(date) {
  return new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(date);
}

function moment(date) {
  const today = new Date().toDateString() === date.toDateString();
  return today ? clock(date) : new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(date);
}

/** The time that a `<time>` names: unix seconds in `data-unix` or `datetime`, or an ISO date. */
function timeOf(source) {
  const value = source.getAttribute("data-unix") ?? source.getAttribute("datetime") ?? "";
  const date = /^\d+$/.test(value) ? new Date(Number(value) * 1000) : new Date(value);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** A `<span>`-like element that works as a button for mouse and keyboard. */
function pressable(element, label, press) {
  element.tabIndex = 0;
  element.setAttribute("role", "button");
  if (label) element.title = label;
  element.addEventListener("click", press);
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); press(event); }
  });
  return element;
}

function rebuild(node, into, actions) {
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) { into.append(child.data); continue; }
    if (child.nodeType !== Node.ELEMENT_NODE) continue;
    if (!PLAIN.has(child.tagName)) { rebuild(child, into, actions); continue; }
    const copied = document.createElement(child.tagName);
    if (child.tagName === "A") {
      const href = child.getAttribute("href") ?? "";
      if (INVITATION.test(href)) {
        const way = make("span", "command", child.textContent);
        into.append(pressable(way, "Ask to join", () => actions.join(href)));
        continue;
      }
      if (/^(https?:|tg:|mailto:)/i.test(href)) { copied.href = href; copied.target = "_blank"; copied.rel = "noopener noreferrer"; }
    }
    if (child.tagName === "SPAN") {
      if (child.classList.contains("command")) {
        const command = child.textContent;
        copied.className = "command";
        copied.textContent = command;
        into.append(pressable(copied, "Send", () => actions.send(command)));
        continue;
      }
      if (!child.classList.contains("spoiler") && !child.classList.contains("tg-spoiler")) { rebuild(child, into, actions); continue; }
      copied.className = "spoiler";
      pressable(copied, "Show", (event) => {
        if (copied.classList.contains("open")) return;
        event.stopPropagation();
        copied.classList.add("open");
        copied.removeAttribute("role");
        copied.removeAttribute("title");
      });
    }
    if (child.tagName === "TIME") {
      const date = timeOf(child);
      if (date) { copied.dateTime = date.toISOString(); copied.title = date.toLocaleString(); copied.textContent = moment(date); into.append(copied); continue; }
    }
    rebuild(child, copied, actions);
    const inPre = child.tagName === "CODE" && node.nodeName === "PRE";
    if ((child.tagName === "CODE" && !inPre) || child.tagName === "PRE") {
      pressable(copied, "Copy", () => {
        const closed = copied.closest(".spoiler:not(.open)") ?? copied.querySelector(".spoiler:not(.open)");
        if (!closed) actions.copy(copied.textContent);
      });
    }
    into.append(copied);
  }
}

function picture(photo) {
  const figure = make("figure", "photo");
  const image = make("img");
  image.alt = "Picture";
  image.decoding = "async";
  if (photo.width && photo.height) { image.width = photo.width; image.height = photo.height; }
  image.src = photo.url;
  figure.append(image);
  if (photo.spoiler) {
    figure.classList.add("veiled");
    pressable(figure, "Show", () => figure.classList.remove("veiled"));
  }
  return figure;
}

function size(bytes) {
  if (!(bytes >= 0)) return "";
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

function attachment(file) {
  const link = make("a", "document");
  link.href = file.url;
  link.download = file.file_name ?? "file";
  link.append(make("span", "sheet", "↓"), make("span", "name", file.file_name ?? "file"), make("span", "size", size(file.size)));
  return link;
}

function key(button, message, actions) {
  if (button.url && INVITATION.test(button.url)) {
    const way = make("button", "key", button.text);
    way.type = "button";
    way.addEventListener("click", () => actions.join(button.url));
    return way;
  }
  if (button.url && /^https?:/i.test(button.url)) {
    const link = make("a", "key", button.text);
    link.href = button.url;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    link.append(make("span", "corner", "↗"));
    return link;
  }
  const element = make("button", "key", button.text);
  element.type = "button";
  if (button.copy_text !== undefined && button.copy_text !== null) {
    element.append(make("span", "corner", "⧉"));
    element.addEventListener("click", () => actions.copy(button.copy_text.text ?? button.copy_text));
  } else {
    element.addEventListener("click", () => actions.tap(message, button, element));
  }
  return element;
}

/** The element of `message`. `actions`: `tap(message, button, element)`, `copy(text)`, `send(text)`, `join(link)`, `choose(message, button)`. */
export function render(message, actions) {
  const mine = message.from !== "bot";
  const article = make("article", `message ${mine ? "mine" : "theirs"}`);
  article.dataset.id = message.message_id;
  const bubble = make("div", "bubble");
  if (message.photo) bubble.append(picture(message.photo));
  if (message.document) bubble.append(attachment(message.document));
  if (message.html || message.text) {
    const text = make("div", "text");
    text.dir = "auto";
    if (message.html) rebuild(new DOMParser().parseFromString(message.html, "text/html").body, text, actions);
    else text.append(message.text);
    bubble.append(text);
  }
  const meta = make("p", "meta");
  const sent = new Date(message.date * 1000);
  const time = make("time", "", clock(sent));
  time.dateTime = sent.toISOString();
  time.title = sent.toLocaleString();
  if (message.edited) meta.append(make("span", "", "edited"));
  meta.append(time);
  bubble.append(meta);
  bubble.classList.toggle("bare", Boolean(message.photo) && !message.html && !message.text);
  article.append(bubble);
  if (message.keyboard?.length) {
    const keys = make("div", "keys");
    for (const row of message.keyboard) {
      const line = make("div", "row");
      for (const button of row) line.append(key(button, message, actions));
      keys.append(line);
    }
    article.append(keys);
  }
  if (message.chooser?.length) {
    const line = make("div", "row");
    for (const button of message.chooser) {
      const choice = make("button", "key", button.text);
      choice.type = "button";
      choice.addEventListener("click", () => actions.choose(message, button));
      line.append(choice);
    }
    const keys = make("div", "keys");
    keys.append(line);
    article.append(keys);
  }
  return article;
}
