// Filters the index while somebody types. The page lists everything without it, and so the form is shown
// from here. The filters live in the address, so that a view can be sent to somebody.
(() => {
  "use strict";

  const form = document.getElementById("filters");
  const found = document.getElementById("found");
  const names = ["q", "category", "auth", "methods"];
  const input = (name) => form.elements.namedItem(name);

  const entries = [...document.querySelectorAll("[data-words]")].map((element) => ({
    element,
    words: words(element.dataset.name + " " + element.dataset.words),
    // "hub spot" finds HubSpot.
    joined: fold(element.dataset.name).replace(/[^\p{L}\p{N}]+/gu, ""),
    category: element.dataset.category.split("|"),
    auth: element.dataset.auth.split("|"),
    methods: [element.dataset.methods],
  }));
  const shelves = [...document.querySelectorAll(".shelf")];

  function fold(text) {
    return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  }

  function words(text) {
    return [...new Set(fold(text).split(/[^\p{L}\p{N}]+/u))].filter((word) => word !== "");
  }

  function holds(entry, tokens) {
    const whole = tokens.join("");
    if (whole.length > 2 && entry.joined.includes(whole)) return true;
    return tokens.every((token) => entry.words.some((word) => (token.length > 2 ? word.includes(token) : word.startsWith(token))));
  }

  function resembles(entry, tokens) {
    const isNear = (token, word) => {
      const allowed = token.length < 4 ? 0 : token.length < 8 ? 1 : 2;
      return word.startsWith(token) || (allowed > 0 && edits(token, word, allowed) <= allowed);
    };
    return tokens.every((token) => entry.words.some((word) => isNear(token, word))) || isNear(tokens.join(""), entry.joined);
  }

  // The fewest insertions, deletions, changes and swaps of neighbours that make `token` a beginning of `word`.
  function edits(token, word, most) {
    const width = Math.min(word.length, token.length + most);
    let older = [];
    let row = Array.from({ length: width + 1 }, (_, at) => at);
    for (let i = 1; i <= token.length; i += 1) {
      const next = [i];
      for (let j = 1; j <= width; j += 1) {
        const change = token[i - 1] === word[j - 1] ? 0 : 1;
        next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + change);
        const isSwap = i > 1 && j > 1 && token[i - 1] === word[j - 2] && token[i - 2] === word[j - 1];
        if (isSwap) next[j] = Math.min(next[j], older[j - 2] + 1);
      }
      older = row;
      row = next;
    }
    return Math.min(...row);
  }

  function apply() {
    const tokens = words(input("q").value);
    const chosen = entries.filter((entry) =>
      ["category", "auth", "methods"].every((name) => input(name).value === "" || entry[name].includes(input(name).value)),
    );
    // Errors are forgiven where nothing is found as it was typed.
    let hits = tokens.length === 0 ? chosen : chosen.filter((entry) => holds(entry, tokens));
    if (hits.length === 0) hits = chosen.filter((entry) => resembles(entry, tokens));

    const shown = new Set(hits.map((entry) => entry.element));
    for (const { element } of entries) element.hidden = !shown.has(element);
    for (const shelf of shelves) shelf.hidden = shelf.querySelector("[data-words]:not([hidden])") === null;
    const isFiltered = names.some((name) => input(name).value !== "");
    document.getElementById("shelves").hidden = isFiltered;
    found.hidden = !isFiltered;
    found.textContent = hits.length === 0 ? "Nothing fits. Try fewer filters or another word." : `${hits.length} of ${entries.length}`;
  }

  function remember() {
    const address = new URL(location.href);
    for (const name of names) {
      const value = input(name).value.trim();
      if (value === "") address.searchParams.delete(name);
      else address.searchParams.set(name, value);
    }
    try {
      history.replaceState(null, "", address);
    } catch {
      // Some browsers refuse it for pages that lie on disk; the list is filtered all the same.
    }
  }

  function recall() {
    const asked = new URLSearchParams(location.search);
    for (const name of names) {
      const value = asked.get(name) ?? "";
      const field = input(name);
      field.value = value;
      // An unknown choice would select nothing at all.
      if (field.value !== value) field.value = "";
    }
    apply();
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    apply();
    remember();
  });
  window.addEventListener("pageshow", recall);
  form.hidden = false;
  recall();
})();
