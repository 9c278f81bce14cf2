"""The LTI Advantage checklist, sections A to F, against the running application."""
