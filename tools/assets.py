"""Copy what the browser loads from node_modules to lti_tool/static/vendor: KERN and the font faces that it uses."""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]
KERN = ROOT / "node_modules" / "@kern-ux" / "native"
VENDOR = ROOT / "lti_tool" / "static" / "vendor"
FONT = "fira-sans"
FACES = {("400", "normal"), ("400", "italic"), ("500", "normal"), ("600", "normal")}
"""Weight and style of the faces that KERN's typography asks for; all faces together are 5 MB."""


def used_faces(css: str) -> str:
    """Return the ``@font-face`` rules of ``css`` whose weight and style are in use, shown with a fallback meanwhile."""
    kept = [
        rule.replace("@font-face {", "@font-face {\n    font-display: swap;")
        for rule in re.findall(r"@font-face \{.*?\}", css, re.DOTALL)
        if (_value(rule, "font-weight"), _value(rule, "font-style")) in FACES
    ]
    if len(kept) != len(FACES):
        message = f"{FONT}.css holds {len(kept)} of the {len(FACES)} faces in use"
        raise ValueError(message)
    return "\n\n".join(kept) + "\n"


def _value(rule: str, name: str) -> str:
    found = re.search(rf"{name}:\s*([^;]+);", rule)
    return found.group(1).strip() if found else ""


def build() -> None:
    """Make the folder anew, so that nothing of an older release stays behind."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    (VENDOR / FONT).mkdir(parents=True)
    css = used_faces((KERN / "dist" / "fonts" / f"{FONT}.css").read_text("utf-8"))
    (VENDOR / f"{FONT}.css").write_text(css, "utf-8")
    for path in re.findall(r'url\("\./([^"]+)"\)', css):
        shutil.copyfile(KERN / "dist" / "fonts" / path, VENDOR / path)
    shutil.copyfile(KERN / "LICENSE.md", VENDOR / "LICENSE-kern.md")
    # Last, for make takes it as the sign that all is there.
    shutil.copyfile(KERN / "dist" / "kern.min.css", VENDOR / "kern.min.css")


if __name__ == "__main__":
    build()
