// The exam form: counts the time down, keeps what is typed in this browser until it is handed in, hands in at the end.
// Everything works without it too; the server alone decides about time and marks.
"use strict";
(() => {
  const PREFIX = "kc-exam-";
  const form = document.getElementById("exam");
  const results = document.getElementById("results");

  // Storage may be blocked in a frame: then nothing is kept, and nothing else breaks.
  const store = (work) => { try { return work(window.localStorage); } catch { return null; } };

  if (results) store((kept) => kept.removeItem(PREFIX + results.dataset.attempt));
  if (!form) return;

  const key = PREFIX + form.dataset.attempt;
  store((kept) => Object.keys(kept).filter((name) => name.startsWith(PREFIX) && name !== key).forEach((name) => kept.removeItem(name)));
  const restored = new URLSearchParams(store((kept) => kept.getItem(key)) || "");
  for (const field of form.elements) {
    if (!field.name || !restored.has(field.name)) continue;
    if (field.type === "radio" || field.type === "checkbox") field.checked = restored.getAll(field.name).includes(field.value);
    else field.value = restored.get(field.name);
  }
  form.addEventListener("input", () => store((kept) => kept.setItem(key, new URLSearchParams(new FormData(form)).toString())));

  const shown = document.getElementById("time-left");
  if (!shown) return;
  const warning = document.getElementById("time-warning");
  const end = Date.now() + 1000 * Number(shown.dataset.seconds);
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    shown.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left <= 300 && left > 0 && !warning.textContent) warning.textContent = warning.dataset.text;
    if (left > 0) return;
    clearInterval(timer);
    form.submit();
  };
  const timer = setInterval(tick, 1000);
  tick();
})();
