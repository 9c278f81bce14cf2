"""How many examples hypothesis tries. TEST_EXAMPLES multiplies them: forty times as many are a deep run."""

import os

TIMES = int(os.environ.get("TEST_EXAMPLES", "1"))
FEW = 50 * TIMES
"""Where each example asks a foreign program."""
MANY = 200 * TIMES
