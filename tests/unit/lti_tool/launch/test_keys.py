"""Our own keys: made once, kept encrypted, read back by another process."""

import jwt
from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import select

from campus.clock import system_clock
from campus.database import Database
from lti_tool.launch.keys import ToolKeys
from lti_tool.launch.store import ToolKey


def test_first_key_is_made_once_and_found_by_the_next_process(database: Database) -> None:
    fernet = MultiFernet([Fernet(Fernet.generate_key())])
    first, second = (ToolKeys(database, fernet, system_clock) for _ in range(2))
    signer = first.signer()
    assert second.signer().kid == signer.kid
    (published,) = second.public_set()["keys"]
    token = jwt.encode({"a": 1}, signer.private, algorithm="RS256", headers={"kid": signer.kid})
    assert jwt.decode(token, jwt.PyJWK(published), algorithms=["RS256"]) == {"a": 1}
    with database.read() as session:
        assert "PRIVATE" not in session.scalars(select(ToolKey)).one().private_pem_encrypted
