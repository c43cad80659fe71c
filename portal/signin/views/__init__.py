"""The pages of signing in: the address, the code, the link, passkeys, the proof that it is still you, and safety.

The browser's one signed cookie holds a secret that names the browser (it binds codes to where they were asked for, and
lets a known device be known), the challenge under way, and the session's token. Nothing in it decides anything alone.
"""

from portal.signin.views import addresses, mailed, passkeys, proofs, recovering, safety, staff, stopping
from portal.signin.views.kit import signin

__all__ = ["addresses", "mailed", "passkeys", "proofs", "recovering", "safety", "signin", "staff", "stopping"]
