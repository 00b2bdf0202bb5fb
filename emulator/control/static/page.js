// What a page can do beyond being read: follow what happens, send its forms as JSON, copy a line.
"use strict";

const REST = 400; // milliseconds between two refreshes, at least

wire(document);

// Forms ---------------------------------------------------------------------------------------------------------------

function wire(root) {
  for (const part of root.querySelectorAll("[data-scripted]")) part.hidden = false;
  for (const part of root.querySelectorAll("[data-scriptless]")) part.hidden = true;
  for (const form of root.querySelectorAll("form[data-send]")) form.addEventListener("submit", send);
  for (const form of root.querySelectorAll("form[data-autosubmit] select")) form.addEventListener("change", () => form.form.requestSubmit());
  for (const button of root.querySelectorAll("[data-copy]")) button.addEventListener("click", copy);
}

function value(kind, text) {
  if (kind === "number") return Number(text);
  return kind === "boolean" || kind === "json" ? JSON.parse(text) : text;
}

function bodyOf(form, submitter) {
  const body = {};
  for (const field of form.querySelectorAll("input, select, textarea")) {
    if (field.name && field.name !== submitter?.name) body[field.name] = value(field.dataset.kind, field.value);
  }
  if (submitter?.name) body[submitter.name] = value(submitter.dataset.kind, submitter.value);
  return body;
}

async function send(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const output = form.querySelector("output");
  try {
    const body = JSON.stringify(bodyOf(form, event.submitter));
    const answer = await fetch(form.dataset.to, { method: form.dataset.send, headers: { "Content-Type": "application/json" }, body });
    if (!answer.ok) throw new Error((await answer.json()).error);
    if (form.dataset.then) return location.assign(form.dataset.then);
    tell(output, "Done", true);
    await refresh();
  } catch (error) {
    tell(output, error.message, false);
  }
}

function tell(output, text, isDone) {
  output.textContent = text;
  output.classList.toggle("done", isDone);
}

async function copy(event) {
  const button = event.currentTarget;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  button.textContent = "Copied";
}

// Following -----------------------------------------------------------------------------------------------------------
// The server renders; parts of the page that are marked live are taken from its answer as they are.

let source = null;
let timer = null;
let wanted = true;

function follow() {
  const shouldFollow = wanted && document.visibilityState === "visible" && document.querySelector("main [data-live]:not([data-still])");
  if (!shouldFollow) {
    source?.close();
    source = null;
  } else if (source === null) {
    source = new EventSource(document.body.dataset.follow);
    source.addEventListener("journal", later);
  }
  document.body.dataset.following = String(source !== null);
}

function later() {
  timer ??= setTimeout(refresh, REST);
}

async function refresh() {
  clearTimeout(timer);
  timer = null;
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of document.querySelectorAll("[data-live]:not([data-still])")) {
    const part = fresh.getElementById(old.id);
    if (part && part.innerHTML !== old.dataset.shown) exchange(old, part);
  }
}

function exchange(old, part) {
  const text = part.innerHTML;
  for (const details of old.querySelectorAll("details[id]")) {
    const same = part.querySelector(`#${CSS.escape(details.id)}`);
    if (same) same.open = details.open || same.open;
  }
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  old.replaceWith(part);
  part.dataset.shown = text;
  wire(part);
  if (focused) document.getElementById(focused)?.focus();
}

const button = document.getElementById("follow");
button?.addEventListener("click", () => {
  wanted = !wanted;
  button.setAttribute("aria-pressed", String(wanted));
  follow();
});
document.addEventListener("visibilitychange", follow);
window.addEventListener("pagehide", () => source?.close());
openTarget();
window.addEventListener("hashchange", openTarget);
follow();

function openTarget() {
  const part = location.hash && document.getElementById(location.hash.slice(1));
  if (part instanceof HTMLDetailsElement) part.open = true;
}
