// What the page does in the browser besides Gradio: clicks on marked elements become events, dialogs, keys, light and dark.
// Text from documents is only ever set as text here; HTML comes escaped from Python.
"use strict";
const youju = (() => {
  const at = id => document.getElementById(id);
  const waiting = new Map();

  // An element with data-do raises that event of the component it stands in, with its data- values and a dialog's.
  function acting(element, trigger, actions) {
    const raise = async target => {
      const told = { ...target.dataset };
      if (told.dialog) {
        const filled = await ask(told.dialog, told);
        if (filled === null) return;
        Object.assign(told, filled);
      }
      trigger(told.do, told);
    };
    const own = (event, kind) => {
      const target = event.target.closest(`[data-${kind}]`);
      return target && element.contains(target) && actions.includes(target.dataset.do) ? target : null;
    };
    element.addEventListener("click", event => {
      const target = own(event, "do");
      if (!target || target.matches("input, select, form") || target.getAttribute("aria-disabled") === "true") return;
      event.preventDefault();
      raise(target);
    });
    element.addEventListener("change", event => {
      const target = own(event, "do");
      if (target && target.matches("select, input[type=checkbox], input[type=radio]"))
        trigger(target.dataset.do, { ...target.dataset, value: target.type === "checkbox" ? target.checked : target.value });
    });
    element.addEventListener("input", event => {
      const target = own(event, "do");
      if (!target || !target.matches("input[type=search], input[type=text]")) return;
      clearTimeout(waiting.get(target));
      waiting.set(target, setTimeout(() => trigger(target.dataset.do, { ...target.dataset, value: target.value }), 180));
    });
    element.addEventListener("submit", event => {
      const target = own(event, "do");
      event.preventDefault();
      if (target) trigger(target.dataset.do, { ...target.dataset, ...Object.fromEntries(new FormData(target)) });
    });
  }

  // Shows <template id=ID>, with data-slot elements filled from `told`; what was filled in, or null when it was left.
  function ask(id, told) {
    const dialog = document.createElement("dialog");
    dialog.className = "yj-dialog";
    const form = document.createElement("form");
    form.method = "dialog";
    form.append(at(id).content.cloneNode(true));
    for (const slot of form.querySelectorAll("[data-slot]")) {
      const text = told[slot.dataset.slot] || "";
      if (slot.matches("input, textarea")) slot.value = text;
      else slot.textContent = text;
    }
    for (const part of form.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(told.kind);
    // Enter presses the first button that submits: leaving is none of them.
    form.addEventListener("click", event => { if (event.target.closest("[data-leave]")) dialog.close(""); });
    dialog.append(form);
    const title = form.querySelector("h2");
    if (title) { title.id = "yj-dialog-title"; dialog.setAttribute("aria-labelledby", title.id); }
    document.body.append(dialog);
    const before = document.activeElement;
    dialog.showModal();
    return new Promise(done => dialog.addEventListener("close", () => {
      const filled = dialog.returnValue === "yes" ? Object.fromEntries(new FormData(form)) : null;
      dialog.remove();
      if (before && before.isConnected) before.focus();
      done(filled);
    }));
  }

  // -- light and dark: the visitor's choice, else the system's ----------------------------------------------------------
  const stored = name => { try { return localStorage.getItem(name); } catch { return null; } };
  const store = (name, value) => { try { localStorage.setItem(name, value); } catch { /* a page without storage forgets */ } };
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (stored("youju-theme") || (system.matches ? "dark" : "light")) === "dark";
  function paint() {
    for (const element of [document.documentElement, document.body])
      if (element && element.classList.contains("dark") !== isDark()) element.classList.toggle("dark", isDark());
  }
  system.addEventListener("change", paint);

  // -- words that are shown for a moment ---------------------------------------------------------------------------------
  function toast(text) {
    for (const old of document.querySelectorAll(".yj-toast")) old.remove();
    const shown = document.createElement("div");
    shown.className = "yj-toast";
    shown.setAttribute("role", "status");
    shown.textContent = text;
    document.body.append(shown);
    setTimeout(() => shown.remove(), 2400);
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Pages that do not come over TLS have no clipboard of their own.
      const field = document.createElement("textarea");
      field.value = text;
      field.style.position = "fixed";
      document.body.append(field);
      field.select();
      const done = document.execCommand("copy");
      field.remove();
      return done;
    }
  }

  // -- what needs no answer from the server ------------------------------------------------------------------------------
  const box = () => document.querySelector("#yj-box textarea");
  const words = name => (at("yj-texts") ? at("yj-texts").dataset[name] : "") || "";
  document.addEventListener("click", async event => {
    const target = event.target.closest("[data-copy], [data-toggle], [data-view], #yj-theme, .yj-skip");
    if (!target) return;
    if (target.id === "yj-theme") {
      store("youju-theme", isDark() ? "light" : "dark");
      paint();
    } else if (target.matches(".yj-skip")) {
      event.preventDefault();
      box().focus();
    } else if (target.dataset.copy !== undefined) {
      toast(words((await copy(target.dataset.copy)) ? "copied" : "failed"));
    } else if (target.dataset.toggle) {
      const opened = at(target.dataset.toggle).toggleAttribute("data-open");
      const field = opened && at(target.dataset.toggle).querySelector("input");
      if (field) field.focus();
    } else view(target.dataset.view);
  });
  function view(name) {
    const button = document.querySelector(`#yj-views [role=tab][id^="yj-view-${name}"], #yj-view-${name}-button`);
    if (button) button.click();
  }

  // -- a question that is sent before the first screen has come waits for it: it would take the question's place -----------
  let early = false;
  const arrived = () => document.querySelector("#yj-history nav") !== null;
  function hold(event) {
    const pressed = event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target === box();
    if (arrived() || !(pressed || (event.type === "click" && event.target.closest("#yj-send")))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    early = true;
  }
  for (const kind of ["keydown", "click"]) addEventListener(kind, hold, true);

  // -- keys --------------------------------------------------------------------------------------------------------------
  const CITED = ".yj-answer a.yj-mark, .yj-card";
  document.addEventListener("keydown", event => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const writing = event.target.closest("input, textarea, select, [contenteditable=true]");
    if (event.key === "Escape") {
      const stop = at("yj-stop"), open = at("yj-choices");
      if (stop && stop.offsetParent) stop.click();
      else if (open && open.hasAttribute("data-open")) { open.removeAttribute("data-open"); at("yj-filter").focus(); }
      else leavePassage();
    } else if (event.key === "/" && !writing && box() && box().offsetParent) {
      event.preventDefault();
      box().focus();
    } else if (/^Arrow(Left|Right|Up|Down)$/.test(event.key) && event.target.matches(CITED)) {
      event.preventDefault();
      const all = [...event.target.closest(".yj-turn").querySelectorAll(CITED)].filter(one => one.offsetParent);
      const next = all[all.indexOf(event.target) + (/Left|Up/.test(event.key) ? -1 : 1)];
      if (next) next.focus();
    }
  });
  function leavePassage() {
    const close = document.querySelector("#yj-reading .yj-close");
    if (close) close.click();
  }

  // -- what follows from a change of the page ----------------------------------------------------------------------------
  let read = "", opener = null, turn = "";
  document.addEventListener("click", event => { const by = event.target.closest("#yj-main [data-do=read]"); if (by) opener = by; }, true);
  function settle() {
    paint();
    keepOpen();
    const passage = document.querySelector("#yj-reading .yj-read");
    const key = passage ? passage.dataset.key || "" : "";
    if (key !== read) {
      read = key;
      for (const old of document.querySelectorAll(".yj-opened")) old.classList.remove("yj-opened");
      if (passage) {
        if (opener && opener.matches(".yj-card")) opener.classList.add("yj-opened");
        reveal(passage);
      } else if (opener && opener.isConnected) opener.focus();
    }
    const listed = document.querySelector("#yj-history nav");
    if (listed && listed.dataset.current !== undefined) keepAddress(listed.dataset.current);
    if (early && arrived()) {
      early = false;
      at("yj-send").click();
    }
    const asked = document.querySelector("#yj-live .yj-turn");
    if ((asked ? asked.id : "") !== turn) {
      turn = asked ? asked.id : "";
      if (asked) {
        for (const id of ["yj-choices", "yj-side"]) at(id).removeAttribute("data-open");
        asked.scrollIntoView({ block: "start", behavior: "instant" });
      }
    }
  }
  // What the visitor has unfolded stays so in what comes from the server anew, and buttons say what stands open.
  const unfolded = new Set();
  document.addEventListener("click", event => {
    const by = event.target.closest("[data-fold] > summary");
    if (by) unfolded[by.parentElement.open ? "delete" : "add"](by.parentElement.dataset.fold);
  });
  function keepOpen() {
    for (const fold of document.querySelectorAll("[data-fold]:not([open])")) fold.open = unfolded.has(fold.dataset.fold);
    for (const button of document.querySelectorAll("[data-toggle]")) {
      const part = at(button.dataset.toggle), isOpen = String(part !== null && part.hasAttribute("data-open"));
      if (button.getAttribute("aria-expanded") !== isOpen) button.setAttribute("aria-expanded", isOpen);
    }
  }
  // An outline that opens shows the place that is read.
  document.addEventListener("toggle", event => { if (event.target.matches(".yj-outline")) showPlace(event.target); }, true);
  function showPlace(outline) {
    const here = outline && outline.open && outline.querySelector("[aria-current]"), list = outline && outline.querySelector("ol");
    if (here) list.scrollTop += here.getBoundingClientRect().top - list.getBoundingClientRect().top - list.clientHeight / 2;
  }
  function reveal(passage) {
    const mark = passage.querySelector(".yj-cited") || passage.querySelector(".yj-here");
    const panel = at("yj-reading"), outline = passage.querySelector(".yj-outline");
    showPlace(outline);
    if (mark) panel.scrollTop += mark.getBoundingClientRect().top - panel.getBoundingClientRect().top - panel.clientHeight / 3;
    (mark && mark.matches(".yj-cited") ? mark : passage).focus({ preventScroll: true });
  }
  function keepAddress(current) {
    const address = new URL(location.href);
    if ((address.searchParams.get("c") || "") === current) return;
    if (current) address.searchParams.set("c", current);
    else address.searchParams.delete("c");
    history.replaceState(history.state, "", address);
  }
  let due = false;
  new MutationObserver(() => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; settle(); });
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["class", "data-key", "data-current", "data-open"] });
  paint();

  return { acting, ask, at, toast, view };
})();
