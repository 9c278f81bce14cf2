"""Open edX's own LTI block (lti-consumer-xblock) as a platform process, without the rest of Open edX.

The block's Django application runs as it is released: launches, key sets, tokens, line items, scores, rosters and deep
linking are its code. What edx-platform would give it stands in here, as small as it can be. It runs in an environment
of its own (``make test-openedx``); nothing else imports this package.
"""
