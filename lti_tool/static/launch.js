// Begins and ends a launch in a frame whose browser may keep no cookies of ours. What it is told stands in the
// attributes of #launch. LTI Platform Storage 1.0 and Client Side postMessages 0.9, messages lti.put_data, lti.get_data.
"use strict";
(() => {
  const PATIENCE_MS = 5000;
  const AGAIN_MS = 500; // the platform's frame may still be loading: asking twice does no harm
  const told = document.getElementById("launch").dataset;

  const platformFrame = () => {
    const around = window.parent === window ? window.opener : window.parent;
    if (!around || told.frame === "_parent") return around;
    try { return around.frames[told.frame] || null; } catch { return null; } // it has no frame of this name
  };

  // Ask the platform's frame; gives its answer, or null when there is none, it says no, or somebody else answers.
  const ask = (subject, more) => new Promise((answered) => {
    const frame = platformFrame();
    if (!frame) { answered(null); return; }
    const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const end = (answer) => {
      clearTimeout(timer);
      clearInterval(again);
      removeEventListener("message", hear);
      answered(answer);
    };
    const hear = ({ origin, data }) => {
      if (origin !== told.origin || data?.subject !== `${subject}.response` || data.message_id !== id) return;
      end(data.error ? null : data);
    };
    const timer = setTimeout(end, PATIENCE_MS, null);
    addEventListener("message", hear);
    const send = () => frame.postMessage({ subject, message_id: id, ...more }, told.origin);
    const again = setInterval(send, AGAIN_MS);
    send();
  });

  const show = (name) => {
    for (const part of document.querySelectorAll("[data-part]")) part.hidden = part.dataset.part !== name;
    document.title = document.querySelector(`[data-part=${name}] h1`).textContent;
  };

  const keepsCookies = () => {
    try { return document.cookie.split("; ").includes(`${told.probe}=1`); } catch { return false; } // a sandbox
  };

  const begin = async () => {
    const stored = keepsCookies() || (told.frame && (await ask("lti.put_data", { key: told.key, value: told.browser })));
    if (stored) location.replace(told.way);
    else show(told.own ? "blocked" : "window");
  };

  const end = async (form) => {
    const found = await ask("lti.get_data", { key: told.key });
    form.elements.browser.value = typeof found?.value === "string" ? found.value : "";
    // Posted from here and not by the form, so that "back" doesn't lead to this page: its launch is used up.
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
    if (answer?.redirected) location.replace(answer.url); // let in; what the page says there is for people too
    else form.submit(); // refused: the answer is a page for people
  };

  const form = document.getElementById("end");
  if (form) {
    end(form);
    return;
  }
  // The platform's hint works once: the window that opens has it, so the button goes.
  document.getElementById("again").addEventListener("submit", () => setTimeout(show, 0, "opened"));
  begin();
})();
