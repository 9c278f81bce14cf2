// Copy buttons beside read-only fields, and the button that closes a window which a platform has opened.
// Without script the fields can be selected and copied by hand, and the window closed by its own button.
"use strict";
(() => {
  const said = document.getElementById("copied");
  for (const button of document.querySelectorAll("button[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    button.hidden = false;
    button.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
      } catch {
        document.execCommand("copy"); // frames and plain http have no clipboard
      }
      if (said) said.textContent = `${said.dataset.text} ${button.dataset.name}`;
    });
  }
  for (const button of document.querySelectorAll("button[data-close]")) {
    button.hidden = false;
    // LTI Dynamic Registration 1.0, 3.6: the platform listens in the frame's parent or the window's opener.
    button.addEventListener("click", () => {
      (window.opener || window.parent).postMessage({ subject: "org.imsglobal.lti.close" }, "*");
    });
  }
})();
