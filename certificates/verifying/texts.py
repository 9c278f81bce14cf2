"""What a finding means, in German and English. Pages and the API read it here."""

from collections.abc import Mapping

from certificates.verifying.report import Finding, Part

Text = Mapping[str, str]


def _text(german: str, english: str) -> Text:
    return {"de": german, "en": english}


PARTS: Mapping[Part, Text] = {
    Part.STRUCTURE: _text("Aufbau", "Structure"),
    Part.ISSUER: _text("Aussteller", "Issuer"),
    Part.INTEGRITY: _text("Unverändert", "Unchanged"),
    Part.STATUS: _text("Status", "Status"),
    Part.VALIDITY: _text("Gültigkeit", "Validity"),
}
_FORM = _text(
    "Diese Form wird hier nicht geprüft (zum Beispiel VCDM 1.1 oder ein altes Signaturverfahren).",
    "This form isn't checked here (VCDM 1.1, for instance, or an old way of signing).",
)
TEXTS: Mapping[str, Text] = {
    "structure.ok": _text(
        "Der Nachweis ist aufgebaut, wie der Standard es verlangt.", "It is built as the standard demands."
    ),
    "structure.unreadable": _text("Das ist kein lesbarer Nachweis.", "This is no credential that can be read."),
    "structure.too_large": _text(
        "Der Nachweis ist zu groß oder zu tief verschachtelt.", "The credential is too large or nested too deeply."
    ),
    "structure.unsupported_form": _FORM,
    "structure.entities": _text(
        "Die Datei erklärt einen eigenen Dokumenttyp; solche werden nicht gelesen.",
        "The file declares a document type of its own; such files aren't read.",
    ),
    "structure.elmo_incomplete": _text(
        "In der ELMO-Datei fehlt eine Angabe, die der Standard verlangt.",
        "The ELMO file lacks something that the standard demands.",
    ),
    "structure.elmo_unexpected": _text(
        "In der ELMO-Datei steht etwas, das der Standard dort nicht vorsieht.",
        "The ELMO file holds something that the standard doesn't foresee there.",
    ),
    "structure.elmo_value": _text(
        "Ein Wert in der ELMO-Datei (ein Datum, eine Zahl oder ein Wort) ist nicht von der Art, die der Standard "
        "verlangt.",
        "A value in the ELMO file (a date, a number or a word) is not of the kind that the standard demands.",
    ),
    "structure.context": _text(
        "Die Kontexte von VCDM 2.0 und Open Badges 3.0 fehlen am Anfang.",
        "The contexts of VCDM 2.0 and Open Badges 3.0 are missing at its beginning.",
    ),
    "structure.subject_unidentified": _text("Es steht nicht da, für wen er ist.", "It doesn't say whom it is for."),
    "structure.damaged": _text(
        "Was hier unter dieser Nummer liegt, ist beschädigt und nicht zu lesen.",
        "What is stored here under this number is damaged and can't be read.",
    ),
    "structure.foreign_id": _text(
        "Es ist ein anderer Nachweis als der mit dieser Nummer.",
        "It is another certificate than the one with this number.",
    ),
    "structure.no_endorsement": _text("Das ist keine Befürwortung.", "This is no endorsement."),
    "structure.endorses_other": _text(
        "Die Befürwortung gilt etwas anderem als diesem Nachweis.", "It endorses something else than this credential."
    ),
    "structure.endorses_other_content": _text(
        "Die Befürwortung gilt einem Nachweis, der etwas anderes sagt als dieser.",
        "It endorses a credential that says something else than this one.",
    ),
    "issuer.ok": _text(
        "Ausgestellt von einem Anbieter, der hier bekannt ist.", "Issued by a provider that is known here."
    ),
    "issuer.own_host": _text(
        "Der Aussteller führt diesen Schlüssel unter seiner eigenen Adresse. Wer hinter der Adresse steht, wird hier "
        "nicht geprüft.",
        "The issuer lists this key at its own address. Who stands behind the address isn't checked here.",
    ),
    "issuer.key_only": _text(
        "Bekannt ist nur der Schlüssel: Wer ihn hat, kann sich nennen, wie er will.",
        "Only the key is known: whoever holds it can take any name.",
    ),
    "issuer.unresolved": _text(
        "Die Schlüssel des Ausstellers sind gerade nicht zu erreichen.", "The issuer's keys can't be reached now."
    ),
    "issuer.unsupported_form": _FORM,
    "issuer.not_signed": _text("Niemand hat ihn unterschrieben.", "Nobody has signed it."),
    "issuer.not_looked_at": _text("Nicht angesehen.", "Not looked at."),
    "issuer.missing": _text("Der Aussteller fehlt.", "The issuer is missing."),
    "issuer.foreign": _text("Er ist von einem anderen Aussteller.", "It is another issuer's."),
    "issuer.borrowed_address": _text(
        "Der Nachweis trägt eine Adresse von hier, aber der Aussteller ist ein fremder.",
        "The credential bears an address of ours, but its issuer is a stranger.",
    ),
    "issuer.foreign_key": _text(
        "Unterschrieben mit einem Schlüssel, der nicht der des Ausstellers ist.",
        "Signed with a key that is not the issuer's.",
    ),
    "issuer.key_not_listed": _text("Der Aussteller führt diesen Schlüssel nicht.", "The issuer doesn't list this key."),
    "issuer.key_not_for_assertions": _text(
        "Der Schlüssel ist nicht für Nachweise bestimmt.", "The key is not meant for credentials."
    ),
    "issuer.key_ended": _text(
        "Der Aussteller hat den Schlüssel widerrufen, oder er ist abgelaufen.",
        "The issuer has revoked the key, or it has expired.",
    ),
    "issuer.key_unreadable": _text(
        "Der Schlüssel des Ausstellers ist von einer Art, die hier nicht gelesen wird.",
        "The issuer's key is of a kind that isn't read here.",
    ),
    "issuer.no_key_named": _text("Es steht nicht da, welcher Schlüssel gilt.", "It doesn't say which key holds."),
    "integrity.ok": _text("Seit der Unterschrift unverändert.", "Unchanged since it was signed."),
    "integrity.ok_beside_others": _text(
        "Seit der Unterschrift des Ausstellers unverändert. Weitere Unterschriften wurden nicht geprüft.",
        "Unchanged since the issuer signed it. Further signatures were not checked.",
    ),
    "integrity.changed": _text(
        "Der Inhalt passt nicht zur Unterschrift: Er wurde verändert.",
        "The content doesn't fit the signature: it was changed.",
    ),
    "integrity.claims_differ": _text(
        "Die Angaben des Tokens sagen etwas anderes als der Nachweis darin.",
        "The token's claims say something else than the credential in it.",
    ),
    "integrity.no_proof": _text("Er ist nicht unterschrieben.", "It is not signed."),
    "integrity.no_key": _text("Ohne Schlüssel nicht zu prüfen.", "It can't be checked without a key."),
    "integrity.not_looked_at": _text("Nicht angesehen.", "Not looked at."),
    "integrity.refused_algorithm": _text(
        "So, wie er unterschrieben ist, könnte ihn jeder unterschrieben haben.",
        "The way it is signed, anybody could have signed it.",
    ),
    "integrity.other_kind_of_key": _text(
        "Der Schlüssel passt nicht zum Verfahren der Unterschrift.", "The key doesn't fit the way it is signed."
    ),
    "integrity.proof_expired": _text("Die Unterschrift ist abgelaufen.", "The signature has expired."),
    "integrity.too_many_proofs": _text("Zu viele Unterschriften.", "Too many signatures."),
    "integrity.unsafe_document": _text(
        "Ein Teil des Inhalts ist nicht von der Unterschrift gedeckt.",
        "A part of the content is not covered by the signature.",
    ),
    "integrity.unknown_context": _text(
        "Er beruft sich auf Begriffe von einer Adresse, von der hier nichts geladen wird.",
        "It takes terms from an address from which nothing is loaded here.",
    ),
    "integrity.inline_context": _text(
        "Er legt Begriffe selbst fest; das wird hier nicht geprüft.",
        "It defines terms itself; this isn't checked here.",
    ),
    "integrity.unsupported_value": _text(
        "Er enthält Zeichen oder Zahlen, die Programme verschieden unterschreiben.",
        "It holds characters or numbers that programs sign in different ways.",
    ),
    "integrity.too_intricate": _text(
        "Zu viele Teile sehen gleich aus, um sie in vertretbarer Zeit zu prüfen.",
        "Too many parts look alike to be checked in reasonable time.",
    ),
    "integrity.weak_algorithm": _text(
        "Mit einem Verfahren unterschrieben, das nicht mehr sicher ist.", "Signed in a way that isn't safe any more."
    ),
    "integrity.unsupported_form": _FORM,
    "status.ok": _text("Weder widerrufen noch ausgesetzt.", "Neither revoked nor suspended."),
    "status.none": _text("Ein Widerruf ist nicht vorgesehen.", "It can't be revoked."),
    "status.revocation": _text("Der Aussteller hat ihn widerrufen.", "The issuer has revoked it."),
    "status.suspension": _text("Der Aussteller hat ihn ausgesetzt.", "The issuer has suspended it."),
    "status.unresolved": _text(
        "Die Statusliste ist gerade nicht zu erreichen.", "The status list can't be reached now."
    ),
    "status.unsupported_form": _text(
        "Diese Art von Statusliste wird hier nicht gelesen.", "This kind of status list isn't read here."
    ),
    "status.unsupported_purpose": _text(
        "Die Statusliste dient einem Zweck, der hier nicht gelesen wird.",
        "The status list serves a purpose that isn't read here.",
    ),
    "status.too_many": _text("Zu viele Statuslisten.", "Too many status lists."),
    "status.list_damaged": _text("Die Statusliste ist beschädigt.", "The status list is damaged."),
    "status.list_not_genuine": _text(
        "Die Statusliste ist nicht vom Aussteller unterschrieben.", "The status list is not signed by the issuer."
    ),
    "status.list_outdated": _text("Die Statusliste ist veraltet.", "The status list is out of date."),
    "status.foreign_list": _text("Die Statusliste gehört jemand anderem.", "The status list belongs to somebody else."),
    "status.other_purpose": _text("Die Statusliste ist für etwas anderes.", "The status list is for something else."),
    "status.not_found": _text(
        "Einen Nachweis mit dieser Nummer gibt es hier nicht.", "There is no certificate of this number here."
    ),
    "status.not_looked_at": _text("Nicht angesehen.", "Not looked at."),
    "validity.ok": _text("Er gilt jetzt.", "It is valid now."),
    "validity.not_yet": _text("Er gilt noch nicht.", "It is not valid yet."),
    "validity.expired": _text("Er ist abgelaufen.", "It has expired."),
    "validity.unreadable": _text(
        "Ab wann oder bis wann er gilt, ist nicht zu lesen.", "From when or until when it is valid can't be read."
    ),
    "validity.not_looked_at": _text("Nicht angesehen.", "Not looked at."),
}


def of(finding: Finding) -> Text:
    """Return what the finding means; for a wrong member of the structure, its name."""
    member = finding.code.partition(".")[2]
    return TEXTS.get(finding.code) or _text(
        f"Die Angabe „{member}“ fehlt oder ist nicht so aufgebaut, wie der Standard es verlangt.",
        f"“{member}” is missing or not built as the standard demands.",
    )
