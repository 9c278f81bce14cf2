"""What people read when something is refused: by code, else by the code's family, else by HTTP status."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

Texts = tuple[LazyString, LazyString]
"""What happened, and what to do."""

_AGAIN_FROM_COURSE = _("Go back to your course and open the learning unit again.")
_TELL_COURSE = _("Please tell the people who look after your course; they can pass the error code on.")
_TELL_US = _("Try again later. If it stays like this, tell us the error code and the request number.")
_OTHER_FILE = _("Make the backup in Moodle anew, without users, and upload that file.")

_TRY_LINK = _("Nothing was registered here, and the link still holds: begin again in your LMS.")

TEXTS: dict[str, Texts] = {
    "access.forbidden": (_("You may not do this"), _("Ask the organisation's administrator for the role you need.")),
    "access.sign_in_required": (_("Please sign in"), _("Your session has ended, or you have not signed in yet.")),
    "access.suspended": (
        _("Your access is suspended"),
        _("An administrator of KommunalCampus has suspended it. Your certificates stay valid; ask the campus office."),
    ),
    "account.invitation_spent": (
        _("This invitation can't be used any more"),
        _("It was used already or is too old. Ask for a new one."),
    ),
    "account.login_taken": (
        _("There is an account already"),
        _("Sign in with it, or use another e-mail address."),
    ),
    "account.too_many_tries": (_("Too many tries"), _("Wait a quarter of an hour and try again.")),
    "account.wrong_credentials": (
        _("E-mail address or password are wrong"),
        _("Check both, also upper and lower case, and try again."),
    ),
    "attendance.not_yet_held": (
        _("The session has not begun"),
        _("Mark who was there once it has begun. You can excuse somebody now."),
    ),
    "attendance.own": (_("You can't mark yourself"), _("Ask another teacher or the provider to mark you.")),
    "backup.bomb": (_("This file unpacks to far more than a backup would"), _OTHER_FILE),
    "backup.damaged": (_("This file is damaged"), _OTHER_FILE),
    "backup.encrypted": (_("This backup is encrypted"), _OTHER_FILE),
    "backup.link": (_("This file holds links instead of files"), _OTHER_FILE),
    "backup.missing_file": (_("A part of this backup is missing"), _OTHER_FILE),
    "backup.no_phases": (
        _("No phases of a learning unit were found in this course"),
        _("Name the sections Selbststudium 1, Tutorium and Selbststudium 2, and make the backup again."),
    ),
    "backup.not_a_course": (_("This is no backup of a Moodle course"), _OTHER_FILE),
    "backup.too_large": (_("This file is too large"), _("Make a backup without videos and other large files.")),
    "backup.unsafe_path": (_("This file wants to write outside its own folder"), _OTHER_FILE),
    "backup.unsupported_version": (
        _("Backups of this Moodle version can't be read"),
        _("Make the backup with a newer Moodle."),
    ),
    "backup.xml_entities": (_("This file holds XML that loads other files"), _OTHER_FILE),
    "campus.conflict": (
        _("This has changed meanwhile"),
        _("Open the page again, look at what is there now, and decide anew."),
    ),
    "campus.too_many": (_("Too much at once"), _("Wait a minute and try again.")),
    "certificate.erased": (
        _("This certificate's data were erased"),
        _("The holder has asked for it. Nothing can be checked any more."),
    ),
    "certificate.file_archive": (_("This is an archive"), _("Unpack it and hand in the certificate's own file.")),
    "certificate.file_empty": (_("There is nothing to check"), _("Choose the certificate's file, or type its number.")),
    "certificate.file_encrypted": (
        _("This PDF is protected by a password"),
        _("Hand in the file as it was issued, without a password."),
    ),
    "certificate.file_entities": (
        _("This file holds XML that declares a document type of its own"),
        _("It could load or unfold other things, so it is not read. Ask its issuer for another file."),
    ),
    "certificate.file_too_costly": (
        _("This file takes too much time or memory to read"),
        _("A certificate never does. Ask its issuer for another file."),
    ),
    "certificate.file_too_large": (
        _("This file is too large"),
        _("Files of at most 10 MB are read, and pictures of at most 5 MB are taken."),
    ),
    "certificate.file_unknown": (
        _("This is no certificate that can be read here"),
        _(
            "PDF, badges (PNG, SVG), JSON, JWT, ELMO, photos of the QR code on our papers (JPEG, PNG, WebP),"
            " and numbers or addresses of our certificates can be read."
        ),
    ),
    "certificate.file_unreadable": (
        _("This file is damaged"),
        _("It can't be read as what it claims to be. Get it once more from where you have it."),
    ),
    "certificate.foreign_code": (
        _("This QR code leads to no certificate of ours"),
        _(
            "It was not followed. If the paper claims to be from here, check the number that is printed on it,"
            " and ask whoever gave it to you."
        ),
    ),
    "certificate.nothing_to_count": (
        _("There is nothing in this file that can be verified"),
        _(
            "A credential that counts needs a digital signature: an Open Badge (JSON, PNG, SVG, or in a PDF) or an"
            " ELMO file. Ask whoever issued it for one of these."
        ),
    ),
    "certificate.too_many_handed_in": (
        _("You have handed in as many credentials as are kept for one person"),
        _("Take those back that you don't need; then try again."),
    ),
    "certificate.own_credential": (
        _("This certificate is from here"),
        _("What it certifies counts already; you need not hand it in."),
    ),
    "certificate.decided": (
        _("Somebody has decided on this credential already"),
        _("It stays with the decision. If it was handed in by mistake, tell the campus office."),
    ),
    "certificate.no_elmo": (
        _("There is no ELMO file of this certificate"),
        _("ELMO describes what a person has studied. A municipality's certificate comes in the other forms."),
    ),
    "certificate.logo": (
        _("This picture can't be used as a logo"),
        _("Choose a PNG, JPEG or WebP of at most 5 MB and 25 million pixels. Save an SVG as PNG first."),
    ),
    "certificate.no_credential": (
        _("This picture holds no credential, and no QR code that can be read"),
        _(
            "Take the badge's original file: pictures that were copied or sent lose what is in them."
            " Photograph a paper's QR code from near, straight and in good light."
        ),
    ),
    "certificate.old_badge": (
        _("This is a badge of Open Badges 1 or 2"),
        _("Only Open Badges 3.0 can be verified here. Ask the issuer for the badge in that version."),
    ),
    "certificate.picture_too_large": (_("This picture has too many pixels"), _("Make it smaller and try again.")),
    "certificate.seal_expired": (
        _("This seal is out of date"),
        _("Its certificate has ended, or begins later. Ask your trust service for a new one."),
    ),
    "certificate.seal_file": (
        _("This seal can't be opened"),
        _("It must be a PKCS#12 file (.p12 or .pfx), and the password must be the file's."),
    ),
    "certificate.seal_unavailable": (
        _("The seal's key can't be reached"),
        _("The security module that keeps it does not answer. Try again later, or ask those who run this tool."),
    ),
    "certificate.seal_unfit": (
        _("This certificate can't seal documents"),
        _("It needs its private key, RSA of 2048 bits or more or a NIST curve, and must be meant for signing."),
    ),
    "certificate.several_credentials": (
        _("This file holds several credentials"),
        _("It would be chance which of them is shown. Hand them in one by one."),
    ),
    "certificate.not_found": (_("There is no such certificate"), _("Check the address, or scan the QR code again.")),
    "certificate.hidden": (
        _("The holder does not show this certificate to everyone"),
        _("Ask the holder for a link. By its number you can still see whether it is genuine."),
    ),
    "certificate.share_ended": (
        _("This link is over"),
        _("Whoever gave it to you has ended it, or its time is up. Ask them for a new one."),
    ),
    "certificate.share_not_found": (
        _("There is no such link"),
        _("Compare it with what you were sent, letter by letter, or ask for it again."),
    ),
    "certificate.too_many_shares": (
        _("You have 100 links already"),
        _("End those that nobody needs any more, then make a new one."),
    ),
    "certificate.nobody_chosen": (
        _("Nobody was chosen"),
        _("Tick at least one line, or choose all; then try again."),
    ),
    "certificate.not_earned": (
        _("This is not earned, or not any more"),
        _("Look at what the credit rests on. What isn't earned gets no certificate."),
    ),
    "certificate.superseded": (
        _("This certificate was replaced already"),
        _("Open the one that came in its place."),
    ),
    "certificate.suspended": (
        _("This certificate is suspended"),
        _("End the suspension first, or revoke it."),
    ),
    "certificate.unsigned_facts": (
        _("This certificate's paper can't be made"),
        _("What is stored here is not what was signed. Its page says whether the certificate itself is genuine."),
    ),
    "certificate.pale_colour": (
        _("This colour is too pale"),
        _("Text in it can't be read well on white. Choose a darker one: the contrast has to be 4.5 to 1 or more."),
    ),
    "certificate.revoked": (
        _("This certificate is revoked"),
        _("Its page says since when and why."),
    ),
    "connect.address": (
        _("Your LMS has an address that is not called from here"),
        _("It must be https and lie in the public Internet. Ask those who run this tool if it can reach your LMS."),
    ),
    "connect.configuration": (
        _("Your LMS's configuration can't be used"),
        _("It must name its issuer on its own host and https addresses for registration, login, tokens and keys."),
    ),
    "connect.exists": (
        _("This tool is registered in your LMS already"),
        _("Delete the new entry there. To register anew, ask the administrator of KommunalCampus for a link for that."),
    ),
    "connect.invite_spent": (
        _("This registration link can't be used any more"),
        _("It was used already, was taken back, or is older than a week. Ask for a new one."),
    ),
    "connect.platform_refused": (_("Your LMS refused the registration"), _TRY_LINK),
    "connect.unreachable": (_("Your LMS could not be reached"), _TRY_LINK),
    "course.code_taken": (_("Another course has this code"), _("Choose another code.")),
    "course.completed": (
        _("Somebody has completed this course"),
        _("What it asks for stays as it is, for their certificates say so. Make a new course with another code."),
    ),
    "evaluation.handed_in": (
        _("You have handed in this evaluation already"),
        _("It is anonymous, so it can't be found again to change it. Nothing more is needed."),
    ),
    "exam.attempt_over": (
        _("This attempt is over"),
        _("It was submitted already, or the time was up. Open the exam to see your attempts."),
    ),
    "exam.attempts_used_up": (
        _("All attempts at this exam are used up"),
        _("Talk to the provider if you need another."),
    ),
    "exam.bad_answer": (
        _("An answer does not fit this exam"),
        _("Nothing was saved. Open the exam again: your attempt is still running."),
    ),
    "http.404": (_("There is no such page"), _("Check the address, or begin at the start page.")),
    "http.405": (_("This can't be done at this address"), _("Go back and use the page's own buttons.")),
    "http.413": (_("What you sent is too large"), _("Send a smaller file or less text.")),
    "campus.not_found": (
        _("This was not found"),
        _("It does not exist, or it belongs to somebody else. Check the address."),
    ),
    "input.invalid": (
        _("Something that was entered can't be used"),
        _("Nothing was saved. Go back, check your entries and send them again."),
    ),
    "launch.anonymous": (
        _("You are here without a name, so you can read only"),
        _("Your learning platform does not say who you are. Sign in there and open the learning unit again."),
    ),
    "launch.browser": (
        _("Your browser did not send our cookie"),
        _(
            "Go back to your course and open the learning unit again, in a new tab or window if your LMS offers that. "
            "If it stays like this, allow cookies for this site, or use another browser."
        ),
    ),
    "launch.deployment_unknown": (
        _("Your learning platform may not be used from this place yet"),
        _("Please pass these details on to who administers KommunalCampus, to be entered as a deployment:"),
    ),
    "launch.ended": (
        _("Your visit to this learning unit is over"),
        _(
            "For your safety it ends after eight hours, and it holds only where you opened it: not in another tab. "
            "Go back to your course and open the learning unit again."
        ),
    ),
    "launch.expired": (_("The launch took too long"), _AGAIN_FROM_COURSE),
    "launch.flood": (
        _("Too many people open learning units from your network right now"),
        _("Wait a minute, then go back to your course and open the learning unit again."),
    ),
    "launch.keys_unavailable": (_("Your learning platform can't be reached now"), _TELL_US),
    "launch.no_unit": (
        _("This link leads to no learning unit"),
        _("The people who look after your course must choose a unit for it (custom parameter “unit”)."),
    ),
    "launch.not_a_teacher": (
        _("This is for those who teach the course"),
        _("Your learning platform does not say that you do. Ask whoever runs the course for the role of a teacher."),
    ),
    "launch.not_yet_valid": (_("The clock of your learning platform is wrong"), _TELL_COURSE),
    "launch.platform_error": (_("Your learning platform refused the launch"), _AGAIN_FROM_COURSE),
    "launch.registration_disabled": (
        _("The connection to your learning platform is switched off"),
        _TELL_COURSE,
    ),
    "launch.registration_pending": (
        _("The connection to your learning platform waits for approval"),
        _("It was registered and an administrator of KommunalCampus must approve it. Try again later."),
    ),
    "launch.registration_unknown": (_("Your learning platform is not known here"), _TELL_COURSE),
    "launch.return_address": (
        _("Your learning platform asks for an answer over an insecure connection"),
        _TELL_COURSE,
    ),
    "launch.state_unknown": (
        _("This launch was used already, or has expired"),
        _AGAIN_FROM_COURSE,
    ),
    "launch.too_large": (_("What your learning platform sent is too large"), _TELL_COURSE),
    "server.busy": (_("The server is busy"), _("Wait a moment and try again. Nothing was saved.")),
    "server.error": (_("Something went wrong on our side"), _TELL_US),
    "teaching.not_granted": (
        _("The provider has not granted this unit to your platform"),
        _("Your learning platform says that you teach. Who may do so for this unit, its delivering provider decides."),
    ),
    "web.cross_site": (
        _("This request came from another website"),
        _("For your safety it was not carried out. Open the page itself and try again."),
    ),
    "xapi.key_name": (
        _("There is a key of this name already"),
        _("Choose another name: also one that was revoked is never given again."),
    ),
    "xapi.rule_exists": (_("There is this rule already"), _("It stands in the list below.")),
}

FAMILIES: dict[str, Texts] = {
    "backup": (_("This backup can't be read"), _OTHER_FILE),
    "certificate": (_("This certificate can't be made or shown now"), _TELL_US),
    "connect": (_("Your LMS could not be connected"), _TRY_LINK),
    "launch": (_("Your learning platform could not be confirmed"), _TELL_COURSE),
    "moodle": (_("The other Moodle can't be read now"), _TELL_US),
    "outbound": (_("Another server can't be reached now"), _TELL_US),
    "service": (_("Your learning platform did not take what we sent"), _TELL_US),
}

REFUSED: Texts = (_("This can't be done"), _("Go back, check what you entered, and try again."))


def for_code(code: str, status: int) -> Texts:
    """Return what happened and what to do, to be shown in the reader's language."""
    family = FAMILIES.get(code.partition(".")[0])
    server = 500
    return TEXTS.get(code) or family or (TEXTS["server.error"] if status >= server else REFUSED)
