"""The Flask application: LTI 1.3 as the tool sees it, every page, every migration."""
