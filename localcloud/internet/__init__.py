"""The one way out for the services of the rehearsal: a CONNECT proxy that knows only the rehearsal's own stand-ins."""
