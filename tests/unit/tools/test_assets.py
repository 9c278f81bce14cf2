import pytest

from tools.assets import FACES, used_faces


def face(weight: str, style: str) -> str:
    return (
        f"@font-face {{\n    src: url('{weight}-{style}');\n    font-weight: {weight};\n    font-style: {style};\n}}\n"
    )


ALL_USED = "".join(face(*used) for used in sorted(FACES))


def test_only_the_faces_in_use_are_kept() -> None:
    css = used_faces(ALL_USED + face("700", "normal") + face("500", "italic"))
    assert css.count("@font-face") == len(FACES)
    assert "700" not in css
    assert "500-italic" not in css


def test_a_face_that_a_new_release_lacks_stops_the_build() -> None:
    with pytest.raises(ValueError, match="3 of the 4"):
        used_faces(ALL_USED.replace(face("600", "normal"), ""))
