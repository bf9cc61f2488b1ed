"""The bytes of TLS: the first message of a handshake, its answer, and certificates. Pure."""
