"""Every HTML page. Handlers parse, call one service and shape the answer."""
