// Files that are dropped or chosen are sent to the API from here; Python is told which job they became.
// Texts come from data- attributes of the drop zone; names and refusals are only ever set as text.
"use strict";
(() => {
  const at = youju.at;
  const MEGABYTE = 1024 * 1024;
  // What systems and editors leave in folders and nobody means to add.
  const LITTER = /^(?:\.|~\$|Thumbs\.db$|desktop\.ini$)/i;
  let request = null;

  const zone = () => {
    const found = at("yj-documents-drop");
    return found && found.offsetParent !== null ? found : null;
  };

  // Every file below an entry of a drop, with the path it has there.
  async function below(entry, path) {
    if (entry.isFile) {
      const file = await new Promise((done, fail) => entry.file(done, fail));
      return [{ file, name: path + file.name }];
    }
    const reader = entry.createReader();
    const found = [];
    for (;;) {
      const some = await new Promise((done, fail) => reader.readEntries(done, fail));
      if (!some.length) return found;
      for (const one of some) if (!LITTER.test(one.name)) found.push(...await below(one, `${path}${entry.name}/`));
    }
  }

  function show(text, share, isRefused) {
    const box = at("yj-documents-sending");
    box.hidden = false;
    box.classList.toggle("yj-failure", isRefused);
    box.querySelector("p").textContent = text;
    box.querySelector("progress").hidden = isRefused;
    box.querySelector("button").hidden = isRefused;
    if (share !== null) box.querySelector("progress").value = share;
  }

  function reason(answer, words) {
    try { return words.refused + JSON.parse(answer).detail; } catch { return words.broken; }
  }

  function send(method, address, field, files) {
    const words = at("yj-documents-drop").dataset;
    if (request) { youju.toast(words.busy); return; }
    if (!files.length) { show(words.nothing, null, true); return; }
    const form = new FormData();
    for (const { file, name } of files) form.append(field, file, name);
    request = new XMLHttpRequest();
    request.open(method, address);
    request.setRequestHeader("Accept-Language", document.documentElement.lang);
    request.upload.onprogress = event => {
      const sent = `${(event.loaded / MEGABYTE).toFixed(1)} / ${(event.total / MEGABYTE).toFixed(1)} MB`;
      show(event.loaded < event.total ? `${words.sending} ${sent}` : words.sent, 100 * event.loaded / event.total, false);
    };
    request.onloadend = () => {
      const { status, responseText } = request;
      request = null;
      if (status === 202) {
        at("yj-documents-sending").hidden = true;
        const told = at("yj-documents-sent");
        told.dataset.job = JSON.parse(responseText).id;
        told.click();
      } else if (status) show(reason(responseText, words), null, true);
      else show(words.broken, null, true);
    };
    request.onabort = () => { request.onloadend = null; request = null; at("yj-documents-sending").hidden = true; };
    show(words.sending, 0, false);
    request.send(form);
  }

  const add = files => send("POST", "/api/documents", "files", files);

  document.addEventListener("change", event => {
    const input = event.target;
    if (input.id !== "yj-documents-files" && input.id !== "yj-documents-folder") return;
    const chosen = [...input.files].map(file => ({ file, name: file.webkitRelativePath || file.name }));
    input.value = "";
    add(chosen.filter(({ name }) => !name.split("/").some(part => LITTER.test(part))));
  });

  for (const kind of ["dragenter", "dragover"]) document.addEventListener(kind, event => {
    if (!event.dataTransfer || ![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    const open = zone();
    if (open) open.classList.add("yj-over");
    else event.dataTransfer.dropEffect = "none";
  });
  document.addEventListener("dragleave", event => {
    if (event.relatedTarget === null && zone()) zone().classList.remove("yj-over");
  });
  document.addEventListener("drop", async event => {
    if (!event.dataTransfer || ![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    const open = zone();
    if (!open) return;
    open.classList.remove("yj-over");
    const entries = [...event.dataTransfer.items].map(item => item.webkitGetAsEntry()).filter(entry => entry);
    const found = [];
    try {
      for (const entry of entries) found.push(...await below(entry, ""));
    } catch {
      const told = at("yj-documents-drop").dataset.unread;
      if (request) youju.toast(told);
      else show(told, null, true);
      return;
    }
    add(found);
  });

  // What opens comes into view and has the focus; what is left gives it back to what had opened it.
  let opened = "", row = null, heading = null;
  document.addEventListener("click", event => {
    const by = event.target.closest("#yj-view-documents [data-do=open], #yj-documents-sheet [data-do=read]");
    if (by && by.dataset.do === "open") row = by;
    else if (by) heading = by;
  }, true);
  function settle() {
    const sheet = at("yj-documents-sheet"), passage = document.querySelector("#yj-documents-passage .yj-read");
    const shown = passage || sheet, key = shown ? shown.dataset.key : "", panel = document.querySelector(".yj-doc-right");
    if (key === opened) return;
    const isBack = sheet && !passage && opened.startsWith(`${key} `);
    opened = key;
    if (!shown) { (row && row.isConnected ? row : at("yj-documents-q")).focus(); return; }
    if (isBack && heading && heading.isConnected) { heading.focus(); return; }
    const isScrolled = getComputedStyle(panel).position === "sticky";
    const place = passage && passage.querySelector(".yj-here, .yj-cited");
    (passage || sheet.querySelector("h2")).focus({ preventScroll: true });
    if (!isScrolled) (place || panel).scrollIntoView({ block: place ? "center" : "start", behavior: "instant" });
    else if (place) panel.scrollTop += place.getBoundingClientRect().top - panel.getBoundingClientRect().top - panel.clientHeight / 3;
    else panel.scrollTop = 0;
  }
  let due = false;
  new MutationObserver(() => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; settle(); });
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-key"] });

  document.addEventListener("click", async event => {
    if (event.target.closest("#yj-documents-sending button") && request) { request.abort(); return; }
    const replaced = event.target.closest("[data-replaces]");
    if (!replaced) return;
    const { replaces, title } = replaced.dataset;
    const filled = await youju.ask("yj-replace", { title });
    if (filled && filled.file && filled.file.name)
      send("PUT", `/api/documents/${encodeURIComponent(replaces)}`, "file", [{ file: filled.file, name: filled.file.name }]);
  });
})();
